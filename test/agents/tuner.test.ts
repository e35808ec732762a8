/** The tuner as an agent: the contract, whole sessions over real files, and briefings nobody should send. */
import { linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Answer, Briefing, Past } from "../../src/agent.ts";
import { tuner } from "../../src/agents/tuner.ts";
import { agentContract, changedFiles, checkAnswer } from "./contract.ts";
import { makeLab, makeTurn, type TestLab } from "./turn.ts";

agentContract("tuner", { make: () => tuner() });

const TRAIN = `// The lab.
export const LEARNING_RATE = 1e-3; // 1e-4..1e-1 log, peak
export const DEPTH = 4; // 1..12
export const USE_BIAS = true;
export const SEED = 42; // 1..100
`;

type Proposed = Extract<Answer, { kind: "proposed" }>;
type Values = Record<string, number | boolean | string>;

function memoOf(answer: Answer): { values: Values; changed: string[]; was: Values } {
  return (answer as Proposed).memo as { values: Values; changed: string[]; was: Values };
}

/** A whole session over one file: what is better is kept, else the file is put back. */
async function session(options: {
  readonly lab: TestLab;
  readonly file: string;
  readonly experiments: number;
  readonly loss: (values: Values) => number | undefined;
  readonly start: number;
}): Promise<{ answers: Answer[]; past: Past[]; best: number }> {
  const { lab, file } = options;
  const past: Past[] = [];
  const answers: Answer[] = [];
  let best = options.start;
  for (let experiment = 1; experiment <= options.experiments; experiment++) {
    const before = readFileSync(join(lab.dir, file), "utf8");
    const answer = await tuner().propose(makeTurn(lab, { experiment, past, championMetric: best, seed: experiment }));
    answers.push(answer);
    checkAnswer(answer);
    if (answer.kind !== "proposed") break;
    const metric = options.loss(memoOf(answer).values);
    const verdict = metric === undefined ? "crash" : metric < best ? "keep" : "discard";
    if (verdict === "keep") best = metric ?? best;
    else writeFileSync(join(lab.dir, file), before);
    past.push({
      experiment,
      verdict,
      metric,
      reason: "",
      hypothesis: answer.hypothesis,
      memo: JSON.parse(JSON.stringify(answer.memo)),
    });
  }
  return { answers, past, best };
}

function past(experiment: number, memo: unknown, rest: Partial<Past> = {}): Past {
  return { experiment, verdict: "discard", metric: 2, reason: "", hypothesis: "", memo, ...rest };
}

async function ask(files: Record<string, string | Buffer>, briefing: Partial<Briefing> = {}) {
  const lab = makeLab(files);
  return { lab, answer: await tuner().propose(makeTurn(lab, briefing)) };
}

describe("a proposal", () => {
  it("changes one to three literals and nothing else, and says what and why", async () => {
    const { lab, answer } = await ask({ "train.ts": TRAIN });
    const memo = memoOf(answer);
    const lines = readFileSync(join(lab.dir, "train.ts"), "utf8").split("\n");
    const differing = TRAIN.split("\n").filter((line, i) => line !== lines[i]);
    expect(differing.length).toBe(memo.changed.length);
    expect(memo.changed.length).toBeGreaterThanOrEqual(1);
    expect(memo.changed.length).toBeLessThanOrEqual(3);
    expect((answer as Proposed).hypothesis).toMatch(/^(LEARNING_RATE|DEPTH|USE_BIAS) \S+ → \S+: not tried yet/);
    expect(lines[4]).toBe("export const SEED = 42; // 1..100");
    expect(Object.keys(memo.values)).toEqual(["train.ts#LEARNING_RATE", "train.ts#DEPTH", "train.ts#USE_BIAS"]);
  });

  it("is the same for the same briefing and files, and another for another seed", async () => {
    const files = { "train.ts": `${TRAIN}export const A = 0.3;\nexport const B = 0.3;\n` };
    const first = await ask(files, { seed: 5 });
    const again = await ask(files, { seed: 5 });
    const other = await ask(files, { seed: 6 });
    expect({ ...again.answer, usage: 0 }).toEqual({ ...first.answer, usage: 0 });
    expect(memoOf(other.answer).values).not.toEqual(memoOf(first.answer).values);
  });

  it("names faults of comments with file and line", async () => {
    const { answer } = await ask({ "train.ts": "export const A = 5; // 9..1\nexport const B = 2;\n" });
    expect((answer as Proposed).description).toContain("train.ts:1 A: 9..1: the low end must be below the high end");
  });

  it("keeps the file's mode and its CRLF, and touches only files in scope", async () => {
    const lab = makeLab({
      "a.ts": "const A = 1;\r\n",
      "b.ts": "const B = 1;\n",
      "node_modules/x/c.ts": "const C = 1;\n",
    });
    const turn = makeTurn(lab, { scope: ["*.ts", "node_modules/**", "!b.ts", "../**"] });
    const before = statSync(join(lab.dir, "a.ts")).mode;
    const answer = await tuner().propose(turn);
    expect(Object.keys(memoOf(answer).values)).toEqual(["a.ts#A"]);
    expect(changedFiles(lab)).toEqual([" M lab/a.ts"]);
    expect(readFileSync(join(lab.dir, "a.ts"), "utf8")).toMatch(/^const A = \d+;\r\n$/);
    expect(statSync(join(lab.dir, "a.ts")).mode).toBe(before);
  });

  it("follows no link, and reads no large, binary or non-UTF-8 file", async () => {
    const lab = makeLab({
      "large.ts": `const A = 1;\n${"// x\n".repeat(60_000)}`,
      "line.json": `{"a": "${"x".repeat(1_000_000)}", "b": 1}`,
      "binary.ts": Buffer.from("const B = 1;\n\0"),
      "latin.ts": Buffer.from([...Buffer.from("const C = 1; // "), 0xe9, 0x0a]),
    });
    writeFileSync(join(lab.root, "outside.ts"), "const D = 1;\n");
    symlinkSync(join(lab.root, "outside.ts"), join(lab.dir, "link.ts"));
    symlinkSync(lab.root, join(lab.dir, "folder"));
    const turn = makeTurn(lab, { scope: ["**", "link.ts", "folder/outside.ts"] });
    expect(await tuner().propose(turn)).toMatchObject({
      kind: "refused",
      why: expect.stringContaining("no named constants"),
    });
    expect(readFileSync(join(lab.root, "outside.ts"), "utf8")).toBe("const D = 1;\n");
  });
});

describe("a session", () => {
  it("finds a better learning rate and depth, learning from crashes too", async () => {
    const lab = makeLab({ "train.ts": TRAIN });
    const loss = (v: Values) => {
      const rate = Number(v["train.ts#LEARNING_RATE"]);
      if (rate > 0.05) return undefined;
      return Math.abs(Math.log10(rate / 0.02)) + Math.abs(Number(v["train.ts#DEPTH"]) - 9) / 10;
    };
    const start = loss({ "train.ts#LEARNING_RATE": 0.001, "train.ts#DEPTH": 4 })!;
    const { best, answers } = await session({ lab, file: "train.ts", experiments: 25, loss, start });
    expect(best).toBeLessThan(0.25 * start);
    const hypotheses = answers.map((answer) => (answer as Proposed).hypothesis);
    expect(hypotheses.join("\n")).toMatch(/paid (once|twice|\d+ times) \(/);
  });

  it("never proposes the same values twice, and is exhausted when all were tried", async () => {
    const lab = makeLab({ "c.toml": "a = 2 # 1..3\nb = true\nc = 'x' # one of x|y\n" });
    const { answers } = await session({ lab, file: "c.toml", experiments: 20, loss: () => 5, start: 1 });
    expect(answers.map((answer) => answer.kind)).toEqual([...Array(11).fill("proposed"), "exhausted"]);
    const seen = answers.slice(0, 11).map((answer) => JSON.stringify(memoOf(answer).values));
    expect(new Set(seen).size).toBe(11);
    expect(seen).not.toContain(JSON.stringify({ "c.toml#a": 2, "c.toml#b": true, "c.toml#c": "x" }));
  });

  it("is exhausted at once when each constant has but one value left", async () => {
    const lab = makeLab({ "c.toml": "b = true\n" });
    const { answers } = await session({ lab, file: "c.toml", experiments: 9, loss: () => undefined, start: 1 });
    expect(answers.map((answer) => answer.kind)).toEqual(["proposed", "exhausted"]);
  });

  it("follows the champion when somebody else's change was kept", async () => {
    const files = { "train.ts": TRAIN.replace("1e-3", "2e-2") };
    const values = { "train.ts#LEARNING_RATE": 0.001, "train.ts#DEPTH": 5, "train.ts#USE_BIAS": true };
    const history = [
      past(1, { values, changed: ["train.ts#DEPTH"] }),
      past(2, undefined, { verdict: "keep", metric: 0.5 }),
    ];
    const { answer } = await ask(files, { experiment: 3, past: history, championMetric: 0.5 });
    const memo = memoOf(answer);
    const rate = memo.was["train.ts#LEARNING_RATE"] ?? memo.values["train.ts#LEARNING_RATE"];
    expect(rate).toBe(0.02);
  });
});

describe("briefings nobody should send", () => {
  it("drops its change on a repair turn", async () => {
    const { lab, answer } = await ask({ "train.ts": TRAIN }, { crashLog: "boom" });
    expect(answer.kind).toBe("noChange");
    expect(changedFiles(lab)).toEqual([]);
  });

  it.each([
    ["no files", {}],
    ["no constants", { "a.ts": "f();\n" }],
    ["only what must not be turned", { "a.ts": "const SEED = 1;\nconst A = 2; // fixed\nconst NAME = 'x';\n" }],
  ])("refuses a lab with %s and says what it looks for", async (_what, files) => {
    const { answer } = await ask(files);
    expect(answer).toMatchObject({ kind: "refused", why: expect.stringContaining("The tuner looks for") });
  });

  const garbage: readonly unknown[] = [
    null,
    7,
    "x",
    [],
    {},
    { values: 1 },
    { values: { a: {} }, changed: [] },
    { values: {}, changed: [1] },
    { values: { "train.ts#LEARNING_RATE": Number.NaN }, changed: [] },
    { values: JSON.parse('{"__proto__": 1}'), changed: ["__proto__"] },
    { values: { "train.ts#LEARNING_RATE": "text", "train.ts#DEPTH": -5, "other#X": true }, changed: ["gone"] },
    { values: { "train.ts#DEPTH": 1e300, "train.ts#LEARNING_RATE": -1 }, changed: ["train.ts#DEPTH"], was: {} },
  ];

  it.each(garbage.map((memo) => [JSON.stringify(memo), memo]))("ignores the memo %s", async (_text, memo) => {
    const history = [past(1, memo, { metric: Number.NaN }), past(2, memo, { verdict: "keep", metric: undefined })];
    const { answer } = await ask({ "train.ts": TRAIN }, { experiment: 3, past: history, championMetric: undefined });
    expect(answer.kind).toBe("proposed");
    checkAnswer(answer);
  });

  it("takes thousands of experiments, and metrics of any size", async () => {
    const values = (i: number) => ({
      "train.ts#LEARNING_RATE": 1e-4 * (1 + i),
      "train.ts#DEPTH": 1 + (i % 12),
      "train.ts#USE_BIAS": true,
    });
    const history = Array.from({ length: 5000 }, (_, i) => {
      const metric = [1e300, -1e300, 0, 5e-324, undefined, i][i % 6];
      return past(
        i + 1,
        { values: values(i), changed: ["train.ts#DEPTH"] },
        { metric, verdict: i % 50 === 0 ? "keep" : "discard" },
      );
    });
    const { answer } = await ask({ "train.ts": TRAIN }, { experiment: 5001, past: history, noise: 0 });
    expect(answer.kind).toBe("proposed");
    const tried = history.map((entry) => JSON.stringify((entry.memo as { values: unknown }).values));
    expect(tried).not.toContain(JSON.stringify(memoOf(answer).values));
  });

  it("bounds the number of constants, stated ranges first, and its memo", async () => {
    const many = Array.from({ length: 900 }, (_, i) => `const SOME_RATHER_LONG_NAME_OF_A_CONSTANT_${i} = 0.5;`).join(
      "\n",
    );
    const { answer } = await ask({ "train.ts": `${many}\nconst LAST = 3; // 1..9\n` });
    checkAnswer(answer);
    expect(Object.keys(memoOf(answer).values)).toHaveLength(200);
    expect(memoOf(answer).values).toHaveProperty(["train.ts#LAST"]);
    expect((answer as Proposed).description).toContain("701 more constants are left alone");
  });

  it("maximizes when asked to", async () => {
    const value = (rate: number) => ({
      "train.ts#LEARNING_RATE": rate,
      "train.ts#DEPTH": 4,
      "train.ts#USE_BIAS": true,
    });
    const changed = ["train.ts#LEARNING_RATE"];
    const history = [0.0005, 0.00025, 0.0002, 0.00015].map((rate, i) =>
      past(i + 1, { values: value(rate), changed, was: { "train.ts#LEARNING_RATE": 0.001 } }, { metric: 1 - i }),
    );
    const briefing = { experiment: 9, past: history, goal: "maximize" as const, championMetric: 2 };
    const rates = [];
    for (let seed = 1; seed <= 10; seed++) {
      const { answer } = await ask(
        { "train.ts": TRAIN.replace("DEPTH = 4; // 1..12", "DEPTH = 4; // fixed") },
        { ...briefing, seed },
      );
      rates.push(memoOf(answer).values["train.ts#LEARNING_RATE"]);
    }
    expect(rates.every((rate) => Number(rate) >= 0.001)).toBe(true);
  });

  it("works beside a folder that may not be listed, and stops in the middle of a turn", async () => {
    const lab = makeLab({ "a.ts": "const A = 1;\n" });
    mkdirSync(join(lab.dir, "closed"), { mode: 0o000 });
    expect((await tuner().propose(makeTurn(lab))).kind).toBe("proposed");
    const stop = new AbortController();
    const reason = new Error("enough");
    const ended = tuner().propose(makeTurn(lab, {}, { signal: stop.signal }));
    stop.abort(reason);
    await expect(ended).rejects.toBe(reason);
  });

  it("leaves a hard link outside the lab as it was", async () => {
    const lab = makeLab({ "a.ts": "const A = 1;\n" });
    linkSync(join(lab.dir, "a.ts"), join(lab.root, "hard.ts"));
    await tuner().propose(makeTurn(lab));
    expect(readFileSync(join(lab.root, "hard.ts"), "utf8")).toBe("const A = 1;\n");
    expect(readFileSync(join(lab.dir, "a.ts"), "utf8")).not.toBe("const A = 1;\n");
  });
});

describe("proposals that are not judged yet", () => {
  it("are not made again: the next one lies elsewhere", async () => {
    const fresh = () => makeLab({ "train.py": "LEARNING_RATE = 0.01\nDEPTH = 4\nWIDTH = 64\n" });
    const pending: { experiment: number; hypothesis: string; memo: unknown }[] = [];
    const seen = new Set<string>();
    for (let experiment = 1; experiment <= 6; experiment++) {
      const answer = await tuner().propose(makeTurn(fresh(), { experiment, seed: 7, pending }));
      if (answer.kind !== "proposed") throw new Error(`expected a proposal, found ${answer.kind}`);
      const { values } = answer.memo as { values: object };
      expect(seen.has(JSON.stringify(values))).toBe(false);
      seen.add(JSON.stringify(values));
      pending.push({ experiment, hypothesis: answer.hypothesis, memo: answer.memo });
    }
    // Without being told, the same seed makes the same proposal again.
    const once = await tuner().propose(makeTurn(fresh(), { experiment: 1, seed: 7 }));
    const twice = await tuner().propose(makeTurn(fresh(), { experiment: 1, seed: 7 }));
    expect(once).toMatchObject({ memo: (twice as { memo: object }).memo });
  });
});
