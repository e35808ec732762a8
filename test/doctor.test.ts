/**
 * `nightyard doctor`: each fault that it must find is planted in a real repository, beside one lab in which there is
 * none. Real git, real commands, the real fence where there is one.
 */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PUBLISHED } from "../src/cli/json.ts";
import { diskFinding } from "../src/doctor/disk.ts";
import { clockFinding, gpuFinding, nodeFinding } from "../src/doctor/machine.ts";
import { repeatFindings } from "../src/doctor/metric.ts";
import { nearest } from "../src/doctor/nearest.ts";
import { lacksOf, questionIn } from "../src/doctor/prompts.ts";
import { importsIn } from "../src/doctor/reach.ts";
import { type Examination, examine, type Finding } from "../src/doctor.ts";
import { parseProgram } from "../src/program.ts";
import { probeSandbox } from "../src/sandbox/probe.ts";
import { takeManifest } from "../src/util/manifest.ts";
import { openWorkspace } from "../src/workspace.ts";
import { component } from "./support/component.ts";
import { makeRepo, removeTemps, sh, writeFiles } from "./support/repo.ts";

afterAll(removeTemps);

const { sandbox } = await probeSandbox();
const isFenced = component(sandbox.kind !== "none", "bubblewrap", "apt-get install bubblewrap");

const HEAD = "name: toy\ndescription: Lower a number.\n";
const TAIL = "budget: 2s\ntimeout: 30s\n";

interface Fields {
  readonly metric?: string;
  readonly scope?: string;
  readonly more?: string;
}

function programText({ metric = "{ name: val, goal: minimize }", scope = "[src/*.mjs]", more = "" }: Fields): string {
  return `---\n${HEAD}metric: ${metric}\nscope: ${scope}\n${TAIL}run: node src/train.mjs\n${more}---\nLower it.\n`;
}

const SOUND: Readonly<Record<string, string>> = {
  "program.md": programText({ more: "evaluate: node evaluate.mjs\ngates: [node check.mjs]\n" }),
  "src/train.mjs": 'import { writeFileSync } from "node:fs";\nwriteFileSync("out.txt", "4");\nexport const size = 4;\n',
  "evaluate.mjs":
    'import { readFileSync } from "node:fs";\nconsole.log("val: " + readFileSync(process.env.NIGHTYARD_RUN_DIR + "/out.txt", "utf8"));\n',
  "check.mjs": 'import { size } from "./src/train.mjs";\nif (size !== 4) process.exit(1);\n',
};

function lab(files: Readonly<Record<string, string>>): string {
  const dir = makeRepo({ "src/train.mjs": 'console.log("val: 4");\n', "program.md": programText({}), ...files });
  sh(dir, "config", "user.name", "test");
  sh(dir, "config", "user.email", "test@example.invalid");
  return dir;
}

async function doctor(dir: string, options: Partial<Examination> = {}): Promise<readonly Finding[]> {
  const told: Finding[] = [];
  const findings = await examine({
    lab: () => openWorkspace(dir),
    agents: [],
    deep: false,
    readOnly: false,
    unfenced: !isFenced,
    machine: { gpus: [], cores: [0] },
    sandboxInstall: "apt-get install bubblewrap",
    tell: (finding) => told.push(finding),
    signal: new AbortController().signal,
    ...options,
  });
  expect(told).toEqual(findings);
  PUBLISHED.doctor.parse({ version: 1, findings: JSON.parse(JSON.stringify(findings)) });
  return findings;
}

const faults = (findings: readonly Finding[]) => findings.filter((f) => f.state === "fault");
const of = (findings: readonly Finding[], check: string) => findings.filter((f) => f.check.startsWith(check));

describe("doctor on a lab in which nothing is wrong", () => {
  it("finds no fault, proves that its gate can fail, and changes no byte of the checkout", async () => {
    const dir = lab(SOUND);
    writeFileSync(join(dir, "untracked.txt"), "mine");
    const before = JSON.stringify(await takeManifest(dir));
    const findings = await doctor(dir, { agents: ["tuner"] });
    expect(faults(findings)).toEqual([]);
    expect(JSON.stringify(await takeManifest(dir))).toBe(before);
    expect(of(findings, "gate `node check.mjs`")[0]).toMatchObject({ state: "ok" });
    expect(of(findings, "gate `node check.mjs`")[0]?.text).toContain("it did with src/train.mjs emptied");
    expect(of(findings, "metric")[0]?.text).toBe("val 4, evaluated");
    expect(of(findings, "repeat")[0]?.text).toContain("the same with the same seed");
    expect(of(findings, "new files")[0]?.text).toContain("untracked.txt");
  }, 60_000);

  it("runs nothing of the lab when it only reads", async () => {
    const findings = await doctor(lab({ "src/train.mjs": "process.exit(1)\n" }), { readOnly: true });
    expect(of(findings, "trial")[0]?.text).toContain("not tried");
    expect(of(findings, "run")).toEqual([]);
  });

  it("begins no run that may be longer than its allowance, and says so", async () => {
    const findings = await doctor(lab({ "program.md": programText({}).replace("budget: 2s\ntimeout: 30s\n", "") }));
    expect(of(findings, "run")).toMatchObject([{ state: "warning", fix: "nightyard doctor --deep" }]);
  }, 60_000);
});

describe("the checkout", () => {
  it("is dirty, and program.md is not committed", async () => {
    const dir = lab({ "notes.txt": "1" });
    writeFileSync(join(dir, "notes.txt"), "2");
    writeFileSync(join(dir, "program.md"), programText({ more: "confirm-runs: 2\n" }));
    const findings = await doctor(dir, { readOnly: true });
    expect(of(findings, "checkout")[0]).toMatchObject({ state: "warning", fix: "git commit -a" });
    expect(of(findings, "checkout")[0]?.text).toContain("notes.txt");
    expect(of(findings, "program.md")[0]?.text).toContain("edited since the last commit");
  });

  it("has no commit, or is no repository: a fault with its fix, and the machine is looked at all the same", async () => {
    const findings = await doctor(join(lab({}), "src"), { lab: () => openWorkspace("/") });
    expect(of(findings, "lab")).toMatchObject([{ state: "fault", fix: expect.stringContaining("git init") }]);
    expect(of(findings, "git")[0]?.state).toBe("ok");
  });

  it("has a scope that matches nothing", async () => {
    const findings = await doctor(lab({ "program.md": programText({ scope: "[lib/*.py]" }) }), { readOnly: true });
    expect(of(findings, "scope")[0]).toMatchObject({ state: "fault" });
    expect(of(findings, "scope")[0]?.text).toContain("lib/*.py matches none");
  });

  it("holds an ignored path that the run needs: it is named, proven, and links: is proposed", async () => {
    const read = 'console.log("val: " + require("fs").readFileSync("data/x.txt", "utf8"));\n';
    const dir = lab({
      ".gitignore": "data/\nother/\n",
      "src/train.cjs": read,
      "program.md": programText({ scope: "[src/*.cjs]" }).replace("train.mjs", "train.cjs"),
    });
    writeFiles(dir, { "data/x.txt": "7", "other/y.txt": "1" });
    const findings = await doctor(dir);
    expect(of(findings, "missing files")[0]).toMatchObject({ state: "fault", fix: "links: [data] in program.md" });
    expect(of(findings, "run")[0]?.text).toContain("ENOENT");
  }, 60_000);
});

describe("the metric", () => {
  it("has another name than program.md says: the nearest is named", async () => {
    const files = {
      "program.md": programText({ metric: "{ name: val_bpb, goal: minimize }" }),
      "src/train.mjs": 'console.log("steps: 10\\nval_loss: 2.5\\nseconds: 1");\n',
    };
    const findings = await doctor(lab(files));
    expect(of(findings, "metric")[0]).toMatchObject({ state: "fault", fix: expect.stringContaining("name: val_loss") });
    expect(of(findings, "metric")[0]?.text).toContain("val_loss: 2.5");
    expect(nearest("val_bpb", ["steps", "bpb", "val_loss", "VAL_BPB"])[0]).toBe("VAL_BPB");
  }, 60_000);

  it("is not printed at all by a run that ends with 0", async () => {
    const findings = await doctor(lab({ "src/train.mjs": 'console.log("done");\n' }));
    expect(of(findings, "metric")[0]).toMatchObject({ state: "fault", fix: 'let the run print "val: <number>"' });
  }, 60_000);

  it("differs without a change: a fault where it is called deterministic, else the noise with what it hides", async () => {
    const noisy = { "src/train.mjs": 'console.log("val: " + (5 + Math.random()));\n' };
    const called = { "program.md": programText({ metric: "{ name: val, goal: minimize, deterministic: true }" }) };
    const first = await doctor(lab({ ...noisy, ...called }));
    expect(of(first, "repeat")[0]).toMatchObject({
      state: "fault",
      fix: expect.stringContaining("deterministic: false"),
    });
    const second = await doctor(lab(noisy));
    expect(of(second, "repeat")[0]).toMatchObject({ state: "warning" });
    expect(of(second, "repeat")[0]?.text).toMatch(/differs without a change.*one sigma/);
  }, 60_000);

  it("gets its noise from seeds when asked to look deep", async () => {
    const seeded = 'console.log("val: " + (5 + (Number(process.env.NIGHTYARD_SEED) % 7)));\n';
    const findings = await doctor(lab({ "src/train.mjs": seeded }), { deep: true });
    expect(of(findings, "repeat")[0]?.text).toContain("seeds of their own");
  }, 60_000);

  it("reckons the visible gain as 2.8 standard errors of a difference", () => {
    const parsed = parseProgram(programText({}), "/lab/program.md", ["src/"]);
    if (!parsed.ok) throw new Error("the toy's program is sound");
    const [finding] = repeatFindings({ program: parsed.program }, { same: [1, 1], others: [9, 10, 11] });
    // sigma 1: 2.8 · √2 = 3.96, 2.8 · √(2/3) = 2.29, 2.8 · √(2/9) = 1.32
    expect(finding?.text).toMatch(
      /one sigma is 1\.0 .*gain of 4\.0 \(1 run of each\), 2\.3 \(3 runs\), 1\.3 \(9 runs\)/,
    );
  });

  it("comes from a run that heeds no budget", async () => {
    const slow = 'setTimeout(() => console.log("val: 1"), 4500);\n';
    const text = programText({}).replace("budget: 2s", "budget: 0.5s");
    const findings = await doctor(lab({ "src/train.mjs": slow, "program.md": text }));
    expect(of(findings, "budget")[0]).toMatchObject({ state: "warning" });
    expect(of(findings, "budget")[0]?.text).toContain("NIGHTYARD_BUDGET_SECONDS");
  }, 60_000);

  it("is not there when the run crashes: the end of its log is shown", async () => {
    const findings = await doctor(lab({ "src/train.mjs": 'throw new Error("no such layer");\n' }));
    expect(of(findings, "run")[0]).toMatchObject({ state: "fault" });
    expect(of(findings, "run")[0]?.text).toContain("no such layer");
  }, 60_000);
});

describe("an evaluator in scope", () => {
  it("is found in what program.md names, and in what that imports", async () => {
    const named = programText({ scope: '["*.mjs"]', more: "evaluate: node evaluate.mjs\n" });
    const direct = await doctor(lab({ ...SOUND, "program.md": named }), { readOnly: true });
    expect(faults(of(direct, "program"))[0]?.text).toContain("evaluate.mjs");
    const files = { ...SOUND, "src/score.mjs": "export const s = 1;\n" };
    const imports = 'import { s } from "./src/score.mjs";\nconsole.log("val: " + s);\n';
    const indirect = await doctor(lab({ ...files, "evaluate.mjs": imports }), { readOnly: true });
    expect(of(indirect, "evaluate")[0]).toMatchObject({
      state: "fault",
      fix: expect.stringContaining("!src/score.mjs"),
    });
    expect(of(indirect, "evaluate")[0]?.text).toContain("src/score.mjs (imported by evaluate.mjs)");
  });

  it("is followed through Python, TypeScript and shell", () => {
    const known = new Set(["lib/a.py", "lib/b/__init__.py", "tool.ts", "lib/c.ts", "x.sh", "score.py"]);
    expect(importsIn("lib/m.py", "from .a import f\nimport lib.b as q, os\n", known)).toEqual([
      "lib/a.py",
      "lib/b/__init__.py",
    ]);
    expect(importsIn("main.ts", 'import x from "./tool.js";\nawait import("./lib/c");\n', known)).toEqual([
      "tool.ts",
      "lib/c.ts",
    ]);
    expect(importsIn("run.sh", "#!/bin/sh\npython score.py\n", known)).toEqual(["score.py"]);
  });

  it("is warned of where tests are in scope", async () => {
    const files = {
      "test/a.test.mjs": "",
      "program.md": programText({ scope: '["**/*.mjs"]', more: "gates: [node --test]\n" }),
    };
    const findings = await doctor(lab(files), { readOnly: true });
    expect(of(findings, "gate files")[0]).toMatchObject({ state: "warning" });
    expect(of(findings, "gate files")[0]?.text).toContain("test/a.test.mjs");
  });
});

describe("a gate", () => {
  it("that cannot fail is a fault, one that fails as it is too, and a partial one is told of", async () => {
    const files = {
      "src/other.mjs": "export const other = 1;\n",
      "check.mjs": 'import "./src/train.mjs";\n',
      "program.md": programText({
        more: 'gates: ["true", "false", "node --check src/train.mjs", "test -f src/other.mjs"]\n',
      }),
    };
    const findings = await doctor(lab(files));
    expect(of(findings, "gate `true`")).toMatchObject([{ state: "fault" }]);
    expect(of(findings, "gate `true`")[0]?.text).toContain("cannot fail: it passed with src/other.mjs, src/train.mjs");
    expect(of(findings, "gate `false`")).toMatchObject([{ state: "fault" }]);
    expect(of(findings, "gate `false`")[0]?.text).toContain("fails on the lab as it is");
    const [proof, partly] = of(findings, "gate `node --check");
    expect(proof?.text).toContain("replaced by a syntax error");
    expect(partly?.text).toContain("only src/other.mjs replaced by a syntax error");
    expect(of(findings, "gate `test -f")[0]?.text).toContain("removed");
  }, 60_000);
});

describe("an agent", () => {
  it("that is missing is named with the line that installs it", async () => {
    const dir = lab({});
    const { PATH, NIGHTYARD_AGENT_PATH = "" } = process.env;
    const only = join(dir, "bin");
    mkdirSync(only);
    for (const name of ["git", "bwrap", "sh"]) {
      const at = (PATH ?? "").split(":").find((folder) => existsSync(join(folder, name)));
      if (at !== undefined) symlinkSync(join(at, name), join(only, name));
    }
    Object.assign(process.env, { PATH: only, NIGHTYARD_AGENT_PATH: "" });
    try {
      const findings = await doctor(dir, { readOnly: true, agents: ["command:claude -p", "command:no-such-agent"] });
      expect(of(findings, "agent")).toMatchObject([
        { state: "fault", unavailable: true, fix: expect.stringContaining("@anthropic-ai/claude-code") },
        { state: "fault", unavailable: true },
      ]);
    } finally {
      Object.assign(process.env, { PATH, NIGHTYARD_AGENT_PATH });
    }
  });

  it("of an unknown kind, or without its key, is a fault as `run` would say it", async () => {
    const findings = await doctor(lab({}), { readOnly: true, agents: ["nobody"] });
    expect(of(findings, "agent")).toMatchObject([{ state: "fault", unavailable: true }]);
  });

  it("that would prompt is found by its words where it is known", () => {
    expect(lacksOf("claude --model x")).toMatchObject([{ bin: "claude", kind: "asks" }]);
    expect(lacksOf("cat p | claude -p")).toMatchObject([{ bin: "claude", kind: "may not edit" }]);
    expect(lacksOf("claude -p --permission-mode acceptEdits")).toEqual([]);
    expect(lacksOf("/opt/bin/codex --model x")).toMatchObject([{ bin: "codex", kind: "asks" }]);
    expect(lacksOf("codex exec --sandbox workspace-write")).toEqual([]);
    expect(lacksOf("gemini {prompt-file}")).toMatchObject([{ bin: "gemini", kind: "asks" }]);
    expect(lacksOf("./my-agent --claude")).toEqual([]);
    expect(questionIn("working\nOverwrite the file? [y/N] ")).toContain("[y/N]");
    expect(questionIn("Are you sure? [y/N] y\nwritten\n")).toBeUndefined();
  });

  it("that would prompt is found by trying it, and one that does not is not", async () => {
    const asks = "command:sh -c 'cat >/dev/null; printf \"Apply this change? [y/N] \"; read answer || exit 1'";
    const works = "command:sh -c 'cat >/dev/null; echo HYPOTHESIS: none'";
    const findings = await doctor(lab({}), { agents: [asks, works] });
    const [first, second] = of(findings, "agent command");
    expect(first).toMatchObject({ state: "fault" });
    expect(first?.text).toContain("Apply this change? [y/N]");
    expect(second).toMatchObject({ state: "ok" });
  }, 60_000);

  it("that runs known commands is seen on PATH with what it lacks", async () => {
    const bin = join(lab({ claude: "#!/bin/sh\nexit 1\n" }));
    chmodSync(join(bin, "claude"), 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${bin}:${path}`;
    try {
      const findings = await doctor(lab({}), { readOnly: true, agents: ["command:claude"] });
      expect(of(findings, "agent")).toMatchObject([{ state: "fault", fix: "add -p, or --agent claude" }]);
      expect(of(findings, "agent")[0]?.text).toContain("would prompt");
    } finally {
      process.env.PATH = path;
    }
  });
});

describe("the machine", () => {
  const MIB = 2 ** 20;
  const need = { bytes: 100 * MIB, files: 1000, slots: 2 };

  it("has a full disk, too few inodes, or room", async () => {
    const room = (bytes: number, inodes = 1e6) => ({ bytes: bytes * MIB, inodes, allInodes: 2e6 });
    expect(diskFinding("/lab", room(1011), need)).toMatchObject({ state: "fault" });
    expect(diskFinding("/lab", room(1013), need)).toMatchObject({ state: "warning" });
    expect(diskFinding("/lab", room(5000), need)).toMatchObject({ state: "ok" });
    expect(diskFinding("/lab", room(5000, 9999), need)).toMatchObject({ state: "fault", fix: "df -i '/lab'" });
    expect(diskFinding("/lab", { ...room(5000, 0), allInodes: 0 }, need)).toMatchObject({ state: "ok" });
    const full = async () => ({ bytes: 10 * MIB, inodes: 1e6, allInodes: 2e6 });
    const findings = await doctor(lab({}), { readOnly: true, room: full });
    expect(of(findings, "disk")[0]?.text).toContain("10 MiB free");
    expect(of(findings, "disk")[0]?.state).toBe("fault");
  });

  it("has an old Node, a wrong clock, GPUs that nobody uses", async () => {
    expect(nodeFinding("v18.1.0").state).toBe("fault");
    expect((await clockFinding(() => 0)).state).toBe("warning");
    expect((await clockFinding()).state).toBe("ok");
    expect(gpuFinding({ gpus: [0, 1, 2, 3], cores: [] })[0]?.fix).toBe("nightyard run --slots 4 --bind gpu");
    expect(gpuFinding({ gpus: [], cores: [] })).toEqual([]);
  });
});
