/**
 * labs/gpt-torch: the same text as nano-gpt's, a run leaves a model as data, the evaluator refuses what is none, and a
 * short session of the tuner in the fence. Needs a Python with PyTorch (NIGHTYARD_TORCH_PYTHON); on the processor only.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INSTALL_LINE, torchVersion } from "../../bench/tokens/peer.ts";
import { readConstants } from "../../src/agents/tuner/readers.ts";
import { BIN } from "../support/after.ts";
import { component } from "../support/component.ts";
import { sh } from "../support/repo.ts";
import { ROOT } from "./lab.ts";

const LAB = join(ROOT, "labs/gpt-torch");
const PYTHON = process.env.NIGHTYARD_TORCH_PYTHON ?? "python3";
const hasTorch = component(
  process.env.NIGHTYARD_TORCH_PYTHON !== undefined && torchVersion() !== undefined,
  "PyTorch",
  INSTALL_LINE,
);
const folder = mkdtempSync(join(tmpdir(), "gpt torch "));
const lab = join(folder, "lab");

/** A copy of the lab whose .venv is the environment of PYTHON. */
function copyTo(dir: string): void {
  const wanted = (path: string) => !/[\\/](\.nightyard|\.venv|__pycache__|model\.safetensors)$/.test(path);
  cpSync(LAB, dir, { recursive: true, filter: wanted });
  symlinkSync(dirname(dirname(PYTHON)), join(dir, ".venv"));
}

function run(script: string, env: Readonly<Record<string, string>> = {}, cwd = lab) {
  const outcome = spawnSync("sh", ["python.sh", script], {
    cwd,
    encoding: "utf8",
    timeout: 200_000,
    env: {
      ...process.env,
      NIGHTYARD_DATA: join(folder, "runs"),
      NIGHTYARD_HELD_OUT: join(folder, "held-out"),
      NIGHTYARD_RUN_DIR: cwd,
      NIGHTYARD_BUDGET_SECONDS: "5",
      NIGHTYARD_SEED: "1",
      ...env,
    },
  });
  return { status: outcome.status, text: outcome.stdout + outcome.stderr };
}

it("finds the constants of train.py, and turns none that is not its own", () => {
  const found = readConstants("train.py", readFileSync(join(LAB, "train.py"), "utf8"));
  const names = found.map((c) => c.name).sort();
  expect(names).toEqual(
    "BETA1 BETA2 DEPTH HEADS HEAD_RATE HEAD_SIZE MATRIX_RATE MLP_RATIO MUON_MOMENTUM MUON_STEPS ROTARY_BASE ROWS SOFT_CAP TABLE_RATE TRAIN_LENGTH VALUE_EMBEDDINGS WARM_DOWN WARM_UP WEIGHT_DECAY".split(
      " ",
    ),
  );
});

describe.runIf(hasTorch)("labs/gpt-torch", () => {
  beforeAll(() => {
    copyTo(lab);
    // The text is found above the lab, as from a clone or an installed package.
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(ROOT, join(folder, "node_modules/nightyard"));
    const prepared = run("prepare.py");
    expect(prepared.text).toContain("validation: 8 documents, 98312 bytes, sha256 08a6d59fbbf4acb2");
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has the very bytes of nano-gpt", () => {
    const hashes = (text: string) => text.match(/[0-9a-f]{64}/g)?.sort();
    const own = hashes(readFileSync(join(LAB, "prepare.py"), "utf8"));
    expect(own).toHaveLength(4);
    expect(own).toEqual(hashes(readFileSync(join(ROOT, "labs/nano-gpt/prepare.ts"), "utf8")));
  });

  it("splits other texts by document, each once, and knows a text that is damaged", () => {
    const script = join(folder, "split.py");
    writeFileSync(
      script,
      `import sys; sys.path.insert(0, ${JSON.stringify(lab)})
import prepare
stories = [b"story %d " % (i % 900) * 200 for i in range(1800)]
documents = prepare.gather(stories)
parts = prepare.split_documents(documents)
texts = [t for part in parts.values() for t in part]
assert len(texts) == len(set(texts)) == len(documents), "a document is in two parts"
lines = [line for t in texts for line in t.split(b"\\n")]
assert len(lines) == len(set(lines)), "a story is on both sides of the split"
assert prepare.split_documents(documents[::-1])["validation"] == parts["validation"]
assert all(len(parts[p]) == 8 for p in ("dev", "validation", "test"))
print("split", len(documents))`,
    );
    expect(run(script).text).toMatch(/^split \d+$/m);
    const file = join(folder, "runs/dev.bin");
    const whole = readFileSync(file);
    writeFileSync(file, Buffer.concat([whole.subarray(1), Buffer.from("x")]));
    writeFileSync(
      script,
      `import sys; sys.path.insert(0, ${JSON.stringify(lab)}); import prepare; prepare.load("dev")`,
    );
    expect(run(script).text).toContain("dev data is damaged");
    writeFileSync(file, whole);
  }, 120_000);

  it("trains for its budget, says so on its way, and leaves a model that is scored", () => {
    const trained = run("train.py");
    expect(trained.text).toMatch(/^PROGRESS 0\.\d{3} train_bpb=\d/m);
    const summary = trained.text.split("\n---\n")[1] ?? "";
    for (const name of ["training_seconds", "total_seconds", "total_tokens_M", "num_steps", "num_params_M", "depth"]) {
      expect(summary).toMatch(new RegExp(`^${name}: \\d`, "m"));
    }
    // Its own figure on a third of dev, and the evaluator's on held-out text, are of the same model.
    const own = Number(/^val_bpb: (.*)$/m.exec(summary)?.[1]);
    const scored = run("evaluate.py");
    const bits = Number(/^METRIC val_bpb=(.*)$/m.exec(scored.text)?.[1]);
    expect(bits).toBeLessThan(8);
    expect(Math.abs(bits - own)).toBeLessThan(0.3);
    expect(run("evaluate.py", { NIGHTYARD_SPLIT: "test" }).text).toMatch(/^METRIC test_bpb=\d/m);
  }, 300_000);

  it("ends a run whose loss is no number", () => {
    const dir = join(folder, "nan");
    copyTo(dir);
    const train = readFileSync(join(dir, "train.py"), "utf8");
    const broken = train.replace("return SOFT_CAP *", "return math.nan *");
    expect(broken).not.toBe(train);
    writeFileSync(join(dir, "train.py"), broken);
    const { status, text } = run("train.py", {}, dir);
    expect(text).toContain("FAIL: loss is NaN at step 1");
    expect(status).toBe(1);
    const { status: code, text: why } = run("evaluate.py", {}, dir);
    expect([code, why.trim()]).toEqual([
      1,
      "evaluate: model.safetensors: there is no file of its own (No such file or directory)",
    ]);
  }, 120_000);

  it("refuses what is no model, and executes nothing of it", () => {
    const script = join(ROOT, "test/labs/gpt_torch_models.py");
    const done = spawnSync("sh", ["python.sh", script, lab, join(folder, "models")], {
      cwd: lab,
      encoding: "utf8",
      timeout: 200_000,
      env: { ...process.env, NIGHTYARD_DATA: join(folder, "runs"), NIGHTYARD_HELD_OUT: join(folder, "held-out") },
    });
    const said = JSON.parse(done.stdout.trim().split("\n").at(-1) ?? "") as Record<string, string>;
    const later = "the answer at a place depends on later bytes, on other rows or on chance";
    expect(said).toMatchObject({
      uniform: "scored",
      "looks ahead": later,
      "looks at the next row": later,
      "is no number": "a logit is not finite",
      "is infinite": "a logit is not finite",
      "answers fewer places": expect.stringContaining("found torch.float32 [16, 255, 256]"),
      "answers in halves": expect.stringContaining("found torch.float16"),
      draws: "the operator aten.rand.default is refused",
      "drops out": "a call draws its answer",
      "reads memory never written": "the operator aten.empty.memory_format is refused",
      "calls Python": "the operator os.system is refused",
      "is pickled": "it is no safetensors file",
    });
    expect(done.stdout).toContain("METRIC val_bpb=8.000000");
    // Every other one has its own reason; none is scored.
    expect(Object.entries(said).filter(([, what]) => what === "scored")).toEqual([["uniform", "scored"]]);
    expect(Object.keys(said).length).toBe(26);
    expect(existsSync(join(lab, "pwned"))).toBe(false);
  }, 300_000);

  it("is a lab for the tuner: two experiments, evaluated from outside", () => {
    const dir = join(folder, "session");
    copyTo(dir);
    const program = readFileSync(join(dir, "program.md"), "utf8");
    writeFileSync(join(dir, "program.md"), program.replace(/^budget: .*$/m, "budget: 3s"));
    sh(dir, "init", "--quiet", "--initial-branch=main");
    sh(dir, "add", ".");
    sh(dir, "commit", "--quiet", "-m", "the lab");
    const words = "run . --agent tuner --experiments 2 --confirm-runs 0 --seed 1 --tag t --sandbox auto --json".split(
      " ",
    );
    const ran = spawnSync(process.execPath, [BIN, ...words], { cwd: dir, encoding: "utf8", timeout: 500_000 });
    expect(ran.status, ran.stderr).toBe(0);
    const tsv = readFileSync(join(dir, ".nightyard/sessions/t/results.tsv"), "utf8").trim().split("\n").slice(1);
    expect(tsv).toHaveLength(3);
    expect(JSON.parse(ran.stdout)).toMatchObject({ provenance: "evaluated", integrity: 0 });
    expect(Number(tsv[0]?.split("\t")[1])).toBeLessThan(8.1);
  }, 600_000);
});
