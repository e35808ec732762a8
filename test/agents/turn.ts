/** Makes turns for tests of agents: a lab folder in a temporary folder, with a git repository around it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Briefing, Turn } from "../../src/agent.ts";
import { toolFolders } from "../../src/sandbox/tools.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface TestLab {
  /** A folder of its own; the repository is in `repo` below it, the lab in `repo/lab`. */
  readonly root: string;
  readonly dir: string;
}

/** A committed lab with the files given, relative to the lab folder. */
export function makeLab(files: Readonly<Record<string, string | Buffer>>): TestLab {
  const root = mkdtempSync(join(tmpdir(), "nightyard-agent-"));
  const dir = join(root, "repo", "lab");
  mkdirSync(dir, { recursive: true });
  mkdirSync(join(root, "tmp"));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  writeFileSync(join(root, "beside.txt"), "nobody's business\n");
  const git = (...args: string[]) => execFileSync("git", args, { cwd: join(root, "repo"), stdio: "pipe" });
  git("init", "-q");
  git("add", ".");
  git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "base");
  return { root, dir };
}

/** A turn in the lab; the briefing is that of experiment 1 unless said otherwise. */
export function makeTurn(lab: TestLab, briefing: Partial<Briefing> = {}, turn: Partial<Turn> = {}): Turn {
  return {
    dir: lab.dir,
    root: join(lab.root, "repo"),
    tmp: join(lab.root, "tmp"),
    limits: {},
    fence: {
      // Programs of the tests live in this repository, which may itself stand below /tmp, of which a fence shows its own.
      readable: [...toolFolders(), ...["node_modules", "test"].map((folder) => join(ROOT, folder))],
      writable: [join(lab.root, "repo")],
      hidden: [lab.root],
      covered: [],
      tmp: join(lab.root, "tmp"),
      network: "none",
    },
    sandbox: { kind: "none", why: "a test of something else" },
    briefing: {
      experiment: 1,
      program: "Lower the loss.",
      metric: "loss",
      goal: "minimize",
      scope: ["**"],
      championMetric: 1,
      past: [],
      seed: 1,
      ...briefing,
    },
    timeoutSeconds: 60,
    transcriptFile: join(lab.root, "transcript.txt"),
    signal: new AbortController().signal,
    ...turn,
  };
}
