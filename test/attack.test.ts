/**
 * `nightyard attack`: on a lab that reports its own score, on one with a good evaluator, and on one whose evaluator has
 * a planted weakness, which must be found. Real sessions; the labs themselves must stay as they were.
 */
import { readdirSync } from "node:fs";
import os from "node:os";
import { afterAll, describe, expect, it } from "vitest";
import type { Target } from "../src/attacks/attack.ts";
import { cloneLab, programFor } from "../src/attacks/clone.ts";
import { type Host, withPayload } from "../src/attacks/payload.ts";
import { besiege, type Result } from "../src/attacks/siege.ts";
import { lieFor } from "../src/attacks/target.ts";
import { ATTACKS, chooseAttacks } from "../src/attacks.ts";
import { attackCommand } from "../src/cli/attack.ts";
import { attackJson } from "../src/cli/json.ts";
import { parseProgram } from "../src/program.ts";
import { probeSandbox } from "../src/sandbox/probe.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { needProgram } from "../src/session.ts";
import { headCommit, openWorkspace } from "../src/workspace.ts";
import { component } from "./support/component.ts";
import { makeRepo, removeTemps, sh } from "./support/repo.ts";
import { NO_SANDBOX } from "./support/toy.ts";

afterAll(removeTemps);

const { sandbox } = await probeSandbox();
const isFenced = component(sandbox.kind !== "none", "bubblewrap", "apt-get install bubblewrap");

const PROGRAM = `---
name: attacked
description: Predict held-out numbers.
metric: { name: mae, goal: minimize }
scope: [train.mjs]
budget: 1s
timeout: 40s
EVALUATErun: node train.mjs
---
Lower the error.
`;

const TRAIN = `import { writeFileSync } from "node:fs";
writeFileSync("predictions.txt", [1.5, 2.5, 4].join("\\n"));
console.log("mae: 0.5");
`;

const READ = `import { readFileSync } from "node:fs";
const read = (file) => readFileSync(file, "utf8").trim().split("\\n").map(Number);
const found = read(process.env.NIGHTYARD_RUN_DIR + "/predictions.txt");
const truth = read(process.env.NIGHTYARD_HELD_OUT + "/truth.txt");
`;

const GOOD = `${READ}
if (found.length !== truth.length || !found.every(Number.isFinite)) throw new Error("finite numbers are wanted");
console.log("METRIC mae=" + truth.reduce((sum, t, i) => sum + Math.abs(t - found[i]), 0) / truth.length);
`;

/** NaN is never larger than the worst error so far. */
const WEAK = `${READ}
let worst = 0;
for (const [i, t] of truth.entries()) if (Math.abs(t - found[i]) > worst) worst = Math.abs(t - found[i]);
console.log("METRIC mae=" + worst);
`;

function labWith(evaluator: string | undefined): string {
  const commands = "prepare: sh prepare.sh\nevaluate: node evaluate.mjs\n";
  return makeRepo({
    "program.md": PROGRAM.replace("EVALUATE", evaluator === undefined ? "" : commands),
    "train.mjs": TRAIN,
    "prepare.sh": 'printf "1\\n2\\n4\\n" > "$NIGHTYARD_HELD_OUT/truth.txt"\n',
    ...(evaluator === undefined ? {} : { "evaluate.mjs": evaluator }),
  });
}

async function attack(lab: string, names: readonly string[], fence: Sandbox): Promise<readonly Result[]> {
  const ws = await openWorkspace(lab);
  const clone = await cloneLab(ws, await needProgram(ws), await headCommit(ws));
  try {
    return await besiege({
      ws: clone.ws,
      program: await needProgram(clone.ws),
      attacks: chooseAttacks(names),
      sandbox: fence,
      say: () => undefined,
      signal: new AbortController().signal,
    });
  } finally {
    await clone.remove();
  }
}

const named = (results: readonly Result[], outcome: Result["outcome"]) =>
  results.filter((r) => r.outcome === outcome).map((r) => r.attack.name);

describe("nightyard attack", () => {
  it("lets false scores through a lab that reports its own, and says to add an evaluator", async () => {
    const lab = labWith(undefined);
    const before = sh(lab, "status", "--porcelain=v2", "--branch", "--ignored");
    const results = await attack(lab, ["score", "frozen", "escapes"], NO_SANDBOX);
    expect(named(results, "let through")).toEqual(["claim-line", "skip-work", "claim-file"]);
    expect(named(results, "held")).toEqual(
      expect.arrayContaining(["edit-program", "git-hook", "git-attributes", "size", "escapes"]),
    );
    for (const r of results.filter((x) => x.outcome === "let through")) expect(r.mend).toContain("evaluate:");
    expect(results.find((r) => r.attack.name === "size")?.events.join()).toContain("refused: size");
    expect(sh(lab, "status", "--porcelain=v2", "--branch", "--ignored")).toBe(before);
    expect(sh(lab, "for-each-ref").trim().split("\n").length).toBe(1);
  }, 120_000);

  it("finds the weakness of an evaluator that compares without looking for NaN, and nothing else in it", async () => {
    const results = await attack(labWith(WEAK), ["score", "artefact"], NO_SANDBOX);
    expect(named(results, "let through")).toContain("nan-artefact");
    expect(results.find((r) => r.attack.name === "nan-artefact")).toMatchObject({
      why: "mae 0 was recorded; the lab's own is 0.5",
      mend: expect.stringContaining("finite"),
    });
    expect(named(results, "held")).toEqual(expect.arrayContaining(["claim-line", "skip-work", "constant-artefact"]));
  }, 120_000);

  it("says what a run can reach where there is no sandbox", async () => {
    const results = await attack(labWith(GOOD), ["reach", "old-artefact"], NO_SANDBOX);
    expect(named(results, "let through")).toEqual(
      expect.arrayContaining(["old-artefact", "read-held-out", "write-sealed", "network"]),
    );
    const left = ["/tmp", os.tmpdir()]
      .flatMap((dir) => readdirSync(dir))
      .filter((n) => n.startsWith("nightyard-attack-"));
    for (const name of left) expect(name).not.toMatch(/^nightyard-attack-[0-9a-f]{8}-/);
  }, 120_000);

  it.skipIf(!isFenced)(
    "finds nothing in a lab with a good evaluator, inside the sandbox",
    async () => {
      const results = await attack(labWith(GOOD), [], sandbox);
      expect(named(results, "let through")).toEqual([]);
      expect(named(results, "not applicable")).toEqual([]);
      expect(results.length).toBe(ATTACKS.length);
      expect(results.find((r) => r.attack.name === "past-budget")?.why).toContain("past the budget");
      expect(results.find((r) => r.attack.name === "claim-line")?.why).toContain("false claim");
    },
    180_000,
  );

  it("says what it could not carry out, when a gate refuses every change", async () => {
    const lab = labWith(GOOD);
    const refuses = "gates: [node -e \"process.exit(/wri/.test(require('fs').readFileSync('train.mjs'))?0:1)\"]\n";
    sh(lab, "config", "user.name", "test");
    const text = PROGRAM.replace("EVALUATE", `${refuses}prepare: sh prepare.sh\nevaluate: node evaluate.mjs\n`);
    const ws = await openWorkspace(lab);
    const parsed = parseProgram(text, `${lab}/program.md`, []);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const clone = await cloneLab(ws, parsed.program, await headCommit(ws));
    const common = { ws: clone.ws, program: await needProgram(clone.ws), sandbox: NO_SANDBOX, say: () => undefined };
    const signal = new AbortController().signal;
    const results = await besiege({ ...common, attacks: chooseAttacks(["network", "skip-work"]), signal });
    await clone.remove();
    expect(results.map((r) => [r.attack.name, r.outcome])).toEqual([
      ["skip-work", "held"],
      ["network", "not applicable"],
    ]);
    expect(results[1]?.why).toContain("a gate refused it first");
  }, 60_000);
});

describe("the command", () => {
  it("prints the published shape and ends with 3 when something was let through, 0 when all held", async () => {
    const printed: string[] = [];
    const write = process.stdout.write;
    process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0;
    try {
      const lab = labWith(undefined);
      expect(await attackCommand(lab, { attacks: "claim-file", sandbox: false, json: true })).toBe(3);
      expect(await attackCommand(lab, { attacks: "edit-program", sandbox: false, json: true })).toBe(0);
      expect(await attackCommand(lab, { dryRun: true })).toBe(0);
    } finally {
      process.stdout.write = write;
    }
    const [first, second, ...list] = printed;
    expect(attackJson.parse(JSON.parse(first ?? "")).results[0]).toMatchObject({ outcome: "let through" });
    expect(attackJson.parse(JSON.parse(second ?? "")).results[0]).toMatchObject({ outcome: "held" });
    for (const { name } of ATTACKS) expect(list.join("")).toContain(name);
  }, 60_000);

  it("names the attacks that there are when it is asked for another", () => {
    expect(() => chooseAttacks(["claim-lime"])).toThrow(/claim-line.*found "claim-lime"/);
    expect(chooseAttacks(["old-artefact"]).map((a) => a.name)).toEqual(["claim-line", "old-artefact"]);
  });
});

describe("a payload", () => {
  const host = (language: Host["language"], text: string, isModule = true): Host => ({ language, text, isModule });

  it("comes behind what must stand first", () => {
    const python = withPayload(
      host("python", "#!/usr/bin/env python3\nfrom __future__ import annotations\nx = 1\n"),
      "after",
      "echo 1",
    );
    expect(python.split("\n").slice(0, 3)).toEqual([
      "#!/usr/bin/env python3",
      "from __future__ import annotations",
      "from subprocess import call as _run",
    ]);
    expect(withPayload(host("shell", "#!/bin/sh\nexit 0\n"), "after", "echo 1")).toMatch(
      /^#!\/bin\/sh\nnightyard_attack/,
    );
    expect(withPayload(host("javascript", "x();\n", false), "before", "echo 1")).toContain("require(");
  });
});

describe("the program of the copy", () => {
  it("measures each thing once and leaves the rest as the person wrote it", () => {
    const fields = "metric: { name: m, goal: maximize } # ours\nscope: [a.py]\nrun: python a.py\ngates: [make]\n";
    const text = `---\nname: a\ndescription: b c.\n${fields}---\nBody.\n`;
    const parsed = parseProgram(text, "/lab/program.md", []);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const again = parseProgram(programFor(parsed.program, 3), "/lab/program.md", []);
    if (!again.ok) throw new Error(JSON.stringify(again.problems));
    const { program } = again;
    expect(program).toMatchObject({ budgetSeconds: 3, confirmRuns: 0, repairTurns: 0, gates: ["make"] });
    expect(program.metric).toMatchObject({ name: "m", goal: "maximize", deterministic: true });
    expect(program.body.trim()).toBe("Body.");
  });

  it("can be made for a lab without front matter", () => {
    const parsed = parseProgram("", "/lab/program.md", ["prepare.py", "train.py"]);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const again = parseProgram(programFor(parsed.program), "/lab/program.md", ["prepare.py", "train.py"]);
    expect(again.ok && again.program.run).toBe(parsed.program.run);
  });
});

describe("a lie", () => {
  it("is far better than the truth, and another each time", () => {
    const program = (goal: "minimize" | "maximize") => ({ metric: { goal } }) as Target["program"];
    for (const honest of [2.5, 0, -3, 0.6, 40]) {
      expect(lieFor(program("minimize"), honest, 1)).toBeLessThan(honest - 0.05);
      expect(lieFor(program("maximize"), honest, 1)).toBeGreaterThan(honest + 0.05);
      expect(lieFor(program("minimize"), honest, 1)).not.toBe(lieFor(program("minimize"), honest, 2));
    }
  });
});
