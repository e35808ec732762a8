/**
 * labs/nano-gpt: the split keeps parts apart, a run leaves a model, and the evaluator cannot be talked into a good figure.
 *
 * Prepares the real text once.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitAddresses } from "../../labs/nano-gpt/prepare.ts";
import { badModels, uniformModel } from "./models.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const LAB = join(ROOT, "labs/nano-gpt");
const TSX = pathToFileURL(join(ROOT, "node_modules/tsx/dist/loader.mjs")).href;
const folder = mkdtempSync(join(tmpdir(), "nano gpt "));
const held = join(folder, "held-out");
const data = join(folder, "runs");

function run(script: string, env: Readonly<Record<string, string>> = {}, cwd = folder) {
  const outcome = spawnSync(process.execPath, ["--import", TSX, script], {
    cwd,
    encoding: "utf8",
    timeout: 100_000,
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.json"),
      NIGHTYARD_DATA: data,
      NIGHTYARD_HELD_OUT: held,
      NIGHTYARD_RUN_DIR: cwd,
      ...env,
    },
  });
  return { status: outcome.status, text: outcome.stdout + outcome.stderr };
}

/** The evaluator's answer to a model of a run. */
function evaluate(model: Uint8Array | undefined, env: Readonly<Record<string, string>> = {}) {
  const runDir = mkdtempSync(join(folder, "run-"));
  if (model !== undefined) writeFileSync(join(runDir, "model.onnx"), model);
  return run(join(LAB, "evaluate.ts"), env, runDir);
}

beforeAll(() => {
  mkdirSync(held, { recursive: true });
  const prepared = run(join(LAB, "prepare.ts"));
  expect(prepared.text).toContain("validation: 8 addresses, 98312 bytes");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("prepare", () => {
  it("puts every address into one part only, whatever their order", () => {
    const addresses = Array.from({ length: 60 }, (_, i) => ({
      name: `${1900 + i}.txt`,
      text: Buffer.alloc(13_000, i),
    }));
    const parts = splitAddresses(addresses);
    const names = Object.values(parts).flatMap((part) => part.map(({ name }) => name));
    expect(names.length).toBe(60);
    expect(new Set(names).size).toBe(60);
    expect(splitAddresses([...addresses].reverse()).validation).toEqual(parts.validation);
  });

  it("never holds out an address that is too short to be scored", () => {
    const addresses = Array.from({ length: 60 }, (_, i) => ({
      name: `${i}`,
      text: Buffer.alloc(i < 30 ? 100 : 13_000),
    }));
    const { dev, validation, test } = splitAddresses(addresses);
    expect([...dev, ...validation, ...test].every(({ text }) => text.length === 13_000)).toBe(true);
  });

  it("keeps no sentence of a held-out part in what runs can read", () => {
    const seen = readFileSync(join(data, "train.bin")).toString("latin1");
    for (const part of ["validation.bin", "test.bin"]) {
      const secret = readFileSync(join(held, part)).toString("latin1");
      const pieces = Array.from({ length: 200 }, (_, i) => secret.slice(i * 490, i * 490 + 120));
      expect(pieces.filter((piece) => seen.includes(piece))).toEqual([]);
    }
  });

  it("refuses a text that is not the one the hashes are for", () => {
    const other = join(folder, "other");
    mkdirSync(join(other, "labs/nano-gpt"), { recursive: true });
    mkdirSync(join(other, "texts"));
    for (const file of ["prepare.ts", "corpus.ts", "package.json"]) {
      copyFileSync(join(LAB, file), join(other, "labs/nano-gpt", file));
    }
    writeFileSync(join(other, "texts/state-of-the-union.json.br"), "not it");
    const { status, text } = run(join(other, "labs/nano-gpt/prepare.ts"));
    expect(status).not.toBe(0);
    expect(text).toContain("is not the text this lab was made for");
  });
});

describe("train", () => {
  it("trains for the budget, leaves a model the evaluator takes, and prints the summary", () => {
    const trained = run(join(LAB, "train.ts"), { NIGHTYARD_BUDGET_SECONDS: "3", NIGHTYARD_SEED: "5" });
    expect(trained.text).toMatch(/^---\nval_bpb: \d\.\d+\ntraining_seconds: \d+\.\d\ntotal_seconds: /m);
    expect(trained.text).toMatch(/num_steps: \d+\nnum_params_M: 0\.\d+\ndepth: \d+\n/);
    expect(trained.status).toBe(0);
    const bpb = /METRIC val_bpb=(\d+\.\d+)/.exec(run(join(LAB, "evaluate.ts")).text)?.[1];
    expect(Number(bpb)).toBeGreaterThan(1);
    expect(Number(bpb)).toBeLessThan(6);
  });

  it("fails fast when the loss is no number", () => {
    const source = readFileSync(join(LAB, "train.ts"), "utf8")
      .replace(/LEARNING_RATE = [\d.e-]+/, "LEARNING_RATE = 1e38")
      .replace("./prepare.ts", pathToFileURL(join(LAB, "prepare.ts")).href);
    const script = join(folder, "train.ts");
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(script, source);
    const { status, text } = run(script, { NIGHTYARD_BUDGET_SECONDS: "60" });
    expect(text).toMatch(/^FAIL: loss is NaN at step \d+$/m);
    expect(status).toBe(1);
  });
});

describe("evaluate", () => {
  it("gives a model that knows nothing exactly eight bits per byte, on either part", () => {
    expect(evaluate(uniformModel()).text).toContain("METRIC val_bpb=8.000000");
    expect(evaluate(uniformModel(), { NIGHTYARD_SPLIT: "test" }).text).toContain("METRIC test_bpb=8.000000");
  });

  it.each(Object.entries(badModels))("refuses a model that %s", (_, { model, why }) => {
    const { status, text } = evaluate(model());
    expect(text).toContain(`evaluate: ${why}`);
    expect(text).not.toContain("METRIC");
    expect(text.trim().split("\n").length).toBe(1);
    expect(status).toBe(1);
  });

  it("refuses a link in place of a model", () => {
    const elsewhere = join(folder, "elsewhere.onnx");
    writeFileSync(elsewhere, uniformModel());
    const runDir = mkdtempSync(join(folder, "run-"));
    symlinkSync(elsewhere, join(runDir, "model.onnx"));
    expect(run(join(LAB, "evaluate.ts"), {}, runDir).text).toContain("model.onnx is no plain file");
  });

  it("says in one line that a run left nothing", () => {
    const { status, text } = evaluate(undefined);
    expect(text).toBe("evaluate: the run left no model.onnx\n");
    expect(status).toBe(1);
  });
});
