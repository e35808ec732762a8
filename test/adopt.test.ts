/** What adopt proposes, asks and refuses, and whether the evaluator that it writes measures a model honestly. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { diffOf, insertion } from "../src/adopt/change.ts";
import { adoptJson } from "../src/cli/adopt-json.ts";
import { loadProgram } from "../src/program.ts";
import { originalRepo, pythonWithTorch } from "./support/original.ts";
import { makeRepo, removeTemps, sh, tempDir, writeFiles } from "./support/repo.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));

function adopt(cwd: string, ...args: readonly string[]) {
  const r = spawnSync(process.execPath, [BIN, "adopt", ...args], { cwd, encoding: "utf8", timeout: 60_000 });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

describe("the diff of an insertion", () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ["at the top", "a\nb\nc\nd\ne\n", 0, "x\ny\n"],
    ["in the middle", "a\nb\nc\nd\ne\nf\ng\nh\n", 4, "x\n"],
    ["at the end", "a\nb\n", 2, "x\n"],
    ["before a last line without a line feed", "a\nb", 1, "x\n"],
    ["into nothing", "", 0, "x\ny\n"],
  ];

  it.each(cases)("%s is what git applies", (_, before, at, text) => {
    for (const prefix of ["", "labs/one/"]) {
      const dir = makeRepo({ "other.txt": "-\n", ...(before === "" ? {} : { [`${prefix}f.txt`]: before }) });
      const change = insertion("f.txt", before, at, text);
      execFileSync("git", ["apply", "-"], { cwd: dir, input: diffOf(change, prefix) });
      expect(readFileSync(join(dir, prefix, "f.txt"), "utf8")).toBe(change.after);
    }
  });
});

describe("nightyard adopt", () => {
  it("writes nothing unless told, then what the diff says, and commits nothing", async () => {
    const dir = originalRepo("nightyard-test-adopt");
    const head = sh(dir, "rev-parse", "HEAD");
    const shown = adopt(dir, "--dry-run");
    expect(shown.code, shown.err).toBe(0);
    expect(shown.out).toContain("+metric:");
    expect(shown.err).toContain("--guard 'peak_vram_mb <= <MB>'");
    expect(sh(dir, "status", "--porcelain")).toBe("");
    const written = adopt(dir, "--write", "--guard", "peak_vram_mb <= 50000");
    expect(written.code, written.err).toBe(0);
    expect(sh(dir, "status", "--porcelain").trim()).toBe("M program.md");
    expect(sh(dir, "rev-parse", "HEAD")).toBe(head);
    const loaded = await loadProgram(dir);
    expect(loaded.ok && loaded.program).toMatchObject({
      origin: "front-matter",
      metric: { name: "val_bpb", goal: "minimize" },
      scope: ["train.py"],
      budgetSeconds: 1,
      timeoutSeconds: 600,
      prepare: "uv run prepare.py",
      run: "uv run train.py",
      evaluate: undefined,
      guards: [{ metric: "peak_vram_mb", limit: 50000 }],
      links: [".venv"],
      randomness: "refuse",
    });
    const again = adopt(dir, "--write");
    expect([again.code, again.out]).toEqual([2, ""]);
    expect(again.err).toContain("front matter already");
  });

  it("asks for the number instead of making one up, and for its direction", () => {
    const dir = makeRepo({ "train.py": 'print("---")\nprint(f"score:   {s:.4f}")\nprint(f"sharpe: {x}")\n' });
    const asked = adopt(dir, "--json");
    expect(asked.code).toBe(3);
    const json = adoptJson.parse(JSON.parse(asked.out));
    expect(json).toMatchObject({ changes: [], diff: "", written: false });
    expect(json.missing[0]).toMatchObject({ ask: "--metric <name> --goal <goal>", needed: true });
    expect(json.missing[0]?.what).toContain("score, sharpe");
    expect(adopt(dir, "--metric", "score").err).toContain("which way score is better");
    const given = adopt(dir, "--metric", "score", "--goal", "maximize", "--json");
    expect(given.code).toBe(0);
    expect(adoptJson.parse(JSON.parse(given.out)).metric).toEqual({ name: "score", goal: "maximize" });
    expect(sh(dir, "status", "--porcelain")).toBe("");
  });

  it("works in a folder below the repository's top, and writes program.md where there is none", () => {
    const dir = makeRepo({ "labs/a/train.py": 'print(f"val_bpb: {v}")\n' });
    const { out, err } = adopt(join(dir, "labs/a"));
    expect(err).toContain("would change: program.md");
    execFileSync("git", ["apply", "-"], { cwd: dir, input: out });
    expect(readFileSync(join(dir, "labs/a/program.md"), "utf8")).toMatch(/^---\nname: a\n/);
  });

  it("refuses a link, bytes that are no text, and a folder without train.py", () => {
    expect(adopt(makeRepo({ "a.txt": "a\n" })).err).toContain("found no train.py");
    const linked = makeRepo({ "train.py": 'print(f"val_bpb: {v}")\n' });
    const secret = join(tempDir(), "secret");
    writeFileSync(secret, "private\n");
    symlinkSync(secret, join(linked, "program.md"));
    expect(adopt(linked, "--write")).toMatchObject({ code: 2, out: "" });
    expect(readFileSync(secret, "utf8")).toBe("private\n");
    const odd = makeRepo({ "a.txt": "a\n" });
    writeFileSync(join(odd, "train.py"), Buffer.from([0xff, 0xfe, 0x0a]));
    expect(adopt(odd).err).toContain("no UTF-8");
  });

  it("says why it proposes no evaluator", () => {
    const because = (more: Readonly<Record<string, string>>) => adopt(makeRepo({ ...TORCH, ...more })).err;
    const train = TORCH["train.py"] ?? "";
    expect(because({ "train.py": `from kernels import get_kernel\nk = get_kernel("x")\n${train}` })).toContain(
      "get_kernel",
    );
    expect(because({ "train.py": train.replace("targets=None", "targets") })).toContain("that answers logits");
    expect(because({ "evaluate.py": "" })).toContain("evaluate.py is there already");
  });
});

/** The original's model and evaluation in miniature: ten tokens, a text in which each follows from the one before. */
const TORCH: Readonly<Record<string, string>> = {
  "prepare.py": `import math
import torch

MAX_SEQ_LEN = 12


class Tokenizer:
    @classmethod
    def from_directory(cls):
        return cls()

    def get_vocab_size(self):
        return 10


def batches(B, seed):
    g = torch.Generator().manual_seed(seed)
    while True:
        row = torch.randint(0, 10, (B, MAX_SEQ_LEN + 1), generator=g)
        for t in range(0, MAX_SEQ_LEN, 2):
            row[:, t + 1] = (row[:, t] + 1) % 10
        yield row[:, :-1].contiguous(), row[:, 1:].contiguous()


@torch.no_grad()
def evaluate_bpb(model, tokenizer, batch_size):
    loader = batches(batch_size, 1)
    nats = 0.0
    for _ in range(4):
        x, y = next(loader)
        nats += model(x, y, reduction="none").view(-1).mean().item()
    return nats / 4 / math.log(2)
`,
  "train.py": `import torch
import torch.nn as nn
import torch.nn.functional as F

from prepare import MAX_SEQ_LEN, Tokenizer, batches, evaluate_bpb

DEVICE_BATCH_SIZE = 16  # per step
LR = 0.05


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(10, 16)
        self.lm_head = nn.Linear(16, 10)

    def forward(self, idx, targets=None, reduction="mean"):
        logits = self.lm_head(self.wte(idx)).float()
        if targets is None:
            return logits
        return F.cross_entropy(logits.view(-1, 10), targets.view(-1), reduction=reduction)


torch.manual_seed(42)
model = GPT()
tokenizer = Tokenizer.from_directory()
opt = torch.optim.AdamW(model.parameters(), lr=LR)
loader = batches(DEVICE_BATCH_SIZE, 0)
for _ in range(60):
    x, y = next(loader)
    loss = model(x, y)
    loss.backward()
    opt.step()
    opt.zero_grad()

autocast_ctx = torch.autocast(device_type="cpu", dtype=torch.bfloat16)
model.eval()
with autocast_ctx:
    val_bpb = evaluate_bpb(model, tokenizer, DEVICE_BATCH_SIZE)
print("---")
print(f"val_bpb:          {val_bpb:.6f}")
`,
};

const PYTHON = pythonWithTorch();

describe.runIf(PYTHON !== undefined)("the evaluator that adopt writes", () => {
  const python = PYTHON ?? "python3";

  function run(dir: string, file: string, env: Readonly<Record<string, string>> = {}) {
    const r = spawnSync(python, [file], {
      cwd: dir,
      encoding: "utf8",
      env: { ...process.env, ...env },
      timeout: 100_000,
    });
    return { code: r.status, err: r.stderr, value: Number(/val_bpb:\s+(\S+)/.exec(r.stdout)?.[1]) };
  }

  /** The adopted lab, and a run of its train.py after `edit`, measured from the lab. */
  function measured(edit: (train: string) => string) {
    const dir = makeRepo(TORCH);
    const { out, err } = adopt(dir);
    expect(err).toContain("evaluated by evaluate.py");
    execFileSync("git", ["apply", "-"], { cwd: dir, input: out });
    const runDir = tempDir();
    writeFiles(runDir, {
      "prepare.py": TORCH["prepare.py"] ?? "",
      "train.py": edit(readFileSync(join(dir, "train.py"), "utf8")),
    });
    return { said: run(runDir, "train.py"), found: run(dir, "evaluate.py", { NIGHTYARD_RUN_DIR: runDir }), dir };
  }

  it("measures what train.py measures, without its code, and the program is sound", async () => {
    const { said, found, dir } = measured((train) => train);
    expect(said.code, said.err).toBe(0);
    expect(found.code, found.err).toBe(0);
    expect(found.value).toBeCloseTo(said.value, 2);
    expect(found.value).toBeLessThan(Math.log2(10) - 0.5);
    const loaded = await loadProgram(dir);
    expect(loaded.ok && loaded.program.evaluate).toBe("uv run evaluate.py");
  });

  it("takes no number that train.py makes up", () => {
    const { said, found } = measured((t) => t.replace('print("---")', 'val_bpb = 0.001\nprint("---")'));
    expect(said.value).toBe(0.001);
    expect(found.value).toBeGreaterThan(1);
  });

  it("refuses a model that reads the token it is to predict", () => {
    const ahead = "torch.roll(F.one_hot(idx, 10).float() * 6, -1, 1) + 0 * self.lm_head(self.wte(idx))";
    const { said, found } = measured((t) => t.replace("self.lm_head(self.wte(idx)).float()", ahead));
    expect(said.value).toBeLessThan(1);
    expect(found).toMatchObject({ code: 1, value: Number.NaN });
    expect(found.err).toContain("depend on tokens behind them");
  });

  it("refuses a pickle in the model's place without running it, and a run that left nothing", () => {
    const pickle =
      'import os, pickle\nclass P:\n    def __reduce__(self):\n        return (os.mkdir, (os.environ["MARK"],))\n';
    const { dir } = measured((train) => train);
    const runDir = tempDir();
    const mark = join(runDir, "was run");
    writeFiles(runDir, { "make.py": `${pickle}pickle.dump(P(), open("model.pt", "wb"))\n` });
    expect(run(dir, "evaluate.py", { NIGHTYARD_RUN_DIR: runDir }).err).toContain("left no model.pt");
    expect(run(runDir, "make.py", { MARK: mark }).code).toBe(0);
    const found = run(dir, "evaluate.py", { NIGHTYARD_RUN_DIR: runDir, MARK: mark });
    expect(found.code).toBe(1);
    expect(found.err).toContain("cannot be read");
    expect(existsSync(mark)).toBe(false);
    mkdirSync(mark);
  });

  it("refuses a graph that opens files", () => {
    const opens = "logits = logits + torch.from_file('prepare.py', size=1, dtype=torch.uint8).float() * 0";
    const { found } = measured((t) =>
      t.replace("        if targets is None:", `        ${opens}\n        if targets is None:`),
    );
    expect(found.code).toBe(1);
    expect(found.err).toContain("aten::from_file");
  });
});
