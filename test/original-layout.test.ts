/** The original layout unchanged: `nightyard run .` in a repository as it is shipped, and adopted afterwards. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { experimentsOf, readLedger, sessionsOf } from "../src/ledger.ts";
import { classicFacts } from "../src/program/classic-facts.ts";
import { loadProgram } from "../src/program.ts";
import { originalRepo, pathWithUv } from "./support/original.ts";
import { removeTemps, sh, tempDir, writeFiles } from "./support/repo.ts";

const caches: string[] = [];

afterAll(() => {
  removeTemps();
  for (const cache of caches) rmSync(join(os.homedir(), ".cache", cache), { recursive: true, force: true });
});

/** A folder of this test's own below ~/.cache: it is the home that the fence hides. */
function cacheName(): string {
  const name = `nightyard-test-${process.pid}-${caches.length}`;
  caches.push(name);
  return name;
}

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));
const PATH = pathWithUv();
const ENV = { ...process.env, PATH, NIGHTYARD_SANDBOX: "auto" };

function nightyard(cwd: string, ...args: readonly string[]) {
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", timeout: 240_000, env: ENV });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

function sessionsIn(dir: string) {
  const ledger = readLedger(join(dir, ".nightyard"));
  if (ledger === undefined) throw new Error("no ledger");
  try {
    return sessionsOf(ledger).map((session) => ({ session, experiments: experimentsOf(ledger, session.tag) }));
  } finally {
    ledger.db.close();
  }
}

const RESULTS =
  "commit\tval_bpb\tmemory_gb\tstatus\tdescription\n" +
  "a1b2c3d\t0.997900\t44.0\tkeep\tbaseline\nb2c3d4e\t0.993200\t44.2\tkeep\tincrease LR\n";

describe.runIf(PATH !== undefined)("the original layout, unchanged", () => {
  it("runs at once: data made once, .venv where uv makes it, keeps and discards, self-reported", () => {
    const cache = cacheName();
    const dir = originalRepo(cache);
    writeFileSync(join(dir, "results.tsv"), RESULTS);
    const now = new Date();
    const day = `${now.toLocaleString("en", { month: "short" }).toLowerCase()}${now.getDate()}`;
    sh(dir, "branch", `autoresearch/${day}`);
    const head = sh(dir, "rev-parse", "HEAD").trim();

    const first = nightyard(dir, "run", ".", "--experiments", "12", "--confirm-runs", "1", "--seed", "7");
    expect(first.err).toContain("nightyard import results.tsv");
    expect(first.code, first.err).toBe(0);
    expect(first.out).toContain("self-reported");
    expect(readFileSync(join(dir, "results.tsv"), "utf8")).toBe(RESULTS);
    expect(sh(dir, "status", "--porcelain")).toBe("");
    expect(sh(dir, "rev-parse", "HEAD").trim()).toBe(head);

    const [{ session, experiments }] = sessionsIn(dir) as [ReturnType<typeof sessionsIn>[number]];
    expect(session.tag).not.toBe(day);
    expect(sh(dir, "rev-parse", `autoresearch/${day}`).trim()).toBe(head);
    const kinds = experiments.map((e) => e.verdict?.kind);
    expect(kinds[0]).toBe("keep");
    expect(kinds.slice(1)).toContain("keep");
    expect(kinds.slice(1)).toContain("discard");
    expect(sh(dir, "rev-parse", `autoresearch/${session.tag}`).trim()).toBe(session.champion.commit);
    expect(session.champion.commit).not.toBe(head);
    const baseline = experiments[0]?.runs[0]?.measurement;
    expect(baseline).toMatchObject({ provenance: "self-reported", extra: { peak_vram_mb: 45060.2, depth: 8 } });

    // A second session: the data is there, so prepare.py is not run again.
    const second = nightyard(dir, "run", ".", "--tag", "second", "--experiments", "1", "--confirm-runs", "0");
    expect(second.code, second.err).toBe(0);
    expect(second.err).toContain("uv sync --inexact");
    expect(readFileSync(join(os.homedir(), ".cache", cache, "prepared.log"), "utf8")).toBe("prepared\n");
  }, 300_000);

  it("gives a run the lab's .venv and the data, and hides the rest of the home", () => {
    const dir = originalRepo(cacheName());
    const run = nightyard(dir, "run", ".", "--tag", "t", "--experiments", "0", "--confirm-runs", "0");
    expect(run.code, run.err).toBe(0);
    const text = execFileSync("grep", ["-rah", "", join(dir, ".nightyard/sessions/t")], { encoding: "utf8" });
    expect(text).toContain(`prefix ${join(dir, ".venv")}`);
    const fenced = sessionsIn(dir)[0]?.session;
    if (!/bubblewrap/.test(JSON.stringify(fenced))) return;
    expect(text).toContain("'.cache'");
    expect(text).not.toContain("'.nightyard-agents'");
  }, 120_000);

  it("is adopted by a diff that git applies, is sound to doctor, and runs", () => {
    const dir = originalRepo(cacheName());
    writeFileSync(join(dir, "results.tsv"), RESULTS);
    const proposed = nightyard(dir, "adopt");
    expect(proposed.code, proposed.err).toBe(0);
    expect(proposed.err).toContain("train.py does not use PyTorch");
    expect(sh(dir, "status", "--porcelain")).toBe("");
    const before = readFileSync(join(dir, "program.md"), "utf8");
    execFileSync("git", ["apply", "-"], { cwd: dir, input: proposed.out });
    const after = readFileSync(join(dir, "program.md"), "utf8");
    expect(after.endsWith(before)).toBe(true);
    // 44.2 GB kept, a quarter more.
    expect(after).toContain("peak_vram_mb <= 56576");
    sh(dir, "commit", "--quiet", "-am", "front matter");
    const doctor = nightyard(dir, "doctor", "--dry-run");
    expect(doctor.out + doctor.err).not.toMatch(/program\.md:\d+/);
    const run = nightyard(dir, "run", ".", "--tag", "adopted", "--experiments", "2", "--confirm-runs", "0");
    expect(run.code, run.err).toBe(0);
    expect(sessionsIn(dir)[0]?.experiments[0]?.runs[0]?.measurement?.metric).toBeCloseTo(1.63019, 4);
    expect(nightyard(dir, "adopt").err).toContain("has front matter already");
  }, 240_000);
});

describe("what prepare.py says of itself", () => {
  const ORIGINAL = `CACHE_DIR = os.path.join(os.path.expanduser("~"), ".cache", "autoresearch")
DATA_DIR = os.path.join(CACHE_DIR, "data")
TOKENIZER_DIR = os.path.join(CACHE_DIR, "tokenizer")
TIME_BUDGET = 300        # training time budget in seconds (5 minutes)
`;

  it("is prepared only when every folder is filled", async () => {
    const lab = tempDir();
    const home = tempDir();
    expect(await classicFacts(lab, home)).toBeUndefined();
    writeFiles(lab, { "prepare.py": ORIGINAL });
    expect(await classicFacts(lab, home)).toEqual({ caches: ["autoresearch"], prepared: false, budgetSeconds: 300 });
    writeFiles(home, { ".cache/autoresearch/data/shard_00000.parquet": "x" });
    mkdirSync(join(home, ".cache/autoresearch/tokenizer"));
    expect((await classicFacts(lab, home))?.prepared).toBe(false);
    writeFiles(home, { ".cache/autoresearch/tokenizer/tokenizer.pkl": "x" });
    expect((await classicFacts(lab, home))?.prepared).toBe(true);
  });

  it("never opens the folder that holds a library's token, and never leaves ~/.cache", async () => {
    const lab = tempDir();
    writeFiles(lab, {
      "prepare.py": `A = "~/.cache/huggingface"\nB = "~/.cache/../.ssh"\nC = "~/.cache/mine"\n`,
      "train.py": "",
      "pyproject.toml": "",
    });
    expect((await classicFacts(lab, tempDir()))?.caches).toEqual(["mine"]);
    const loaded = await loadProgram(lab);
    expect(loaded.ok && loaded.program).toMatchObject({
      links: [".venv"],
      prepare: "uv run prepare.py",
      sandbox: { read: ["~/.cache/mine", "~/.cache/huggingface/hub"], network: false },
    });
    expect(existsSync(join(lab, ".venv"))).toBe(false);
  });
});
