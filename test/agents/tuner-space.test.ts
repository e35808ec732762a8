/** What a constant may become: the range in its comment, and the default when there is none. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromUnit, levels, toUnit } from "../../src/agents/tuner/domain.ts";
import { untouchable } from "../../src/agents/tuner/names.ts";
import { readRange } from "../../src/agents/tuner/range.ts";
import { readConstants } from "../../src/agents/tuner/readers.ts";
import { placeConstant } from "../../src/agents/tuner/space.ts";

function place(line: string, file = "a.ts") {
  return placeConstant(readConstants(file, line)[0]!);
}

/** The ends of a domain and some values between. */
function spread(line: string): readonly unknown[] {
  const { domain } = place(line);
  return [...new Set([0, 0.25, 0.5, 0.75, 1].map((u) => fromUnit(domain!, u)))];
}

describe("a range in a comment", () => {
  it.each([
    ["const A = 1e-3; // 1e-4..1e-2 log, peak learning rate", [1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2]],
    ["const A = 4; // 2..6", [2, 3, 4, 5, 6]],
    ["const A = 4; // 2 .. 6 int", [2, 3, 4, 5, 6]],
    ["const A = 0; // 0..0.4", [0, 0.1, 0.2, 0.3, 0.4]],
    ["const A = 64; // 32..128 multiple of 32", [32, 64, 96, 128]],
    ["const A = 1; // 1..9 step 4", [1, 5, 9]],
    ["const A = 0.5; // 0.5..1.5 step 0.5", [0.5, 1, 1.5]],
    ["const A = 64; // 16..256 power of two", [16, 32, 64, 128, 256]],
    ["const A = 6; // one of 2|4|6", [2, 4, 6]],
    ["const A = 'x'; // one of 'x'|'y'", ["x", "y"]],
    ["const A = 'x'; // one of x | y, the optimiser", ["x", "y"]],
    ["const A = true; // one of true|false", [true, false]],
    ["const A = 64; // multiple of 24, hidden size", [24, 72, 192, 504]],
    ["const BETA = 0.99; // 0.9..0.999", [0.9, 0.968, 0.99, 0.9968, 0.999]],
    ["const A = -1; // -4..-1", [-4, -3, -2, -1]],
  ])("%s", (line, values) => {
    const all = spread(line);
    expect([...all].sort()).toEqual([...new Set([...all, ...values])].sort());
    expect(place(line).fault).toBeUndefined();
  });

  it.each([
    ["3..1", /low end must be below/],
    ["1..1", /low end must be below/],
    ["0..1 log", /above 0/],
    ["1..", /no range/],
    ["..5", /no range/],
    ["1..x", /no range/],
    ["1..5 step 0", /not above 0/],
    ["1e-999..1e999", /no finite ends/],
    ["10..14 multiple of 16", /no value of its step/],
    ["5..7 power of two", /no power of two/],
    ["one of", /needs two values/],
    ["one of 5", /needs two values/],
    ["one of a|b", /not all are values of its kind/],
  ])("that is wrong is said and the default used: %s", (comment, fault) => {
    const placed = place(`const A = 5; // ${comment}`);
    expect(placed.fault).toMatch(fault);
    expect(placed.domain).toEqual(place("const A = 5;").domain);
  });

  it.each(["learning rate", "log every 10 steps", "step size", "int", "1...", "integer; see below", "see 1..5", "1.5"])(
    "prose is no fault: %s",
    (comment) => {
      expect(readRange(comment).kind).not.toBe("fault");
    },
  );

  it("never fails, and a stretch has finite ends in order", () => {
    const comment = fc.array(
      fc.constantFrom("1", "0.5", "e-3", "..", ".", "one of ", "|", "step ", "log ", "-", "a", '"', " "),
    );
    fc.assert(
      fc.property(comment, (parts) => {
        const note = readRange(parts.join(""));
        if (note.kind === "stretch") expect(note.low).toBeLessThan(note.high);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it("fixed means never", () => {
    expect(place("const A = 5; // fixed").domain).toBeUndefined();
    expect(place("A = 5  # fixed: the paper's", "a.py").domain).toBeUndefined();
  });
});

describe("a default range", () => {
  it.each([
    ["const LR = 0.01;", 0.001, 0.1],
    ["const DEPTH = 4;", 1, 16],
    ["const BATCH = 64;", 8, 512],
    ["const DROPOUT = 0.1;", 0, 0.8],
    ["const MOMENTUM = 0.9;", 0.5, 0.99],
    ["const RATIO = 0.5;", 0, 1],
    ["const SHIFT = -2.0;", -6, 2],
    ["const DECAY = 0.0;", 0, 1],
    ["const WARMUP = 0;", 0, 4],
    ["const USE_BIAS = 0;", 0, 1],
  ])("%s spans %d to %d", (line, low, high) => {
    const { domain } = place(line);
    expect([fromUnit(domain!, 0), fromUnit(domain!, 1)]).toEqual([low, high]);
  });

  it("keeps powers of two powers of two, also written as 2**k", () => {
    expect(levels(place("const WIDTH = 64;").domain!)).toEqual([8, 16, 32, 64, 128, 256, 512]);
    expect(fromUnit(place("N = 2**4", "a.py").domain!, 1)).toBe(128);
  });

  it("flips booleans, leaves texts and -1 alone", () => {
    expect(levels(place("const A = true;").domain!)).toEqual([false, true]);
    expect(place("const A = 'text';").domain).toBeUndefined();
    expect(place("const A = -1;").domain).toBeUndefined();
  });

  it("spans the first value known as well as the champion's", () => {
    const [constant] = readConstants("a.ts", "const LR = 0.1;");
    expect(placeConstant(constant!, 0.01).domain).toMatchObject({ low: 0.001, high: 1 });
  });
});

describe("names", () => {
  it.each([
    "SEED",
    "seed",
    "randomSeed",
    "RANDOM_STATE",
    "random_state",
    "SCHEMA_VERSION",
    "port",
    "TIME_BUDGET",
    "timeout",
    "timeLimit",
    "MAX_SECONDS",
    "LOG_EVERY",
    "evalSeed",
    "server.port",
    "VOCAB_SIZE",
    "DEADLINE",
  ])("%s is never touched, whatever its comment says", (name) => {
    expect(untouchable(name)).toBeDefined();
    const [constant] = readConstants("a.toml", `${name} = 5 # 1..9\n`);
    expect(placeConstant(constant!).domain).toBeUndefined();
  });

  it.each(["LEARNING_RATE", "SPEED", "portion", "IMPORTANCE", "conversion", "warmupSteps"])(
    "%s may be turned",
    (name) => {
      expect(untouchable(name)).toBeUndefined();
    },
  );
});

describe("a domain", () => {
  const lines = [
    "const A = 0.37;",
    "const A = 12345;",
    "const A = 64;",
    "const MOMENTUM = 0.95;",
    "const A = -7;",
    "const A = 1e-8;",
    "const A = 3; // 1..1000",
    "const A = 8; // 8..96 multiple of 8",
    "const A = 0.5; // 0.123456..0.654321",
    "const A = 5; // one of 1|5|7",
  ];

  it("answers only values inside, which print short and are found again where they lie", () => {
    fc.assert(
      fc.property(fc.constantFrom(...lines), fc.double({ min: -1, max: 2, noNaN: true }), (line, unit) => {
        const { domain } = place(line);
        const value = fromUnit(domain!, unit);
        expect(fromUnit(domain!, toUnit(domain!, value))).toBe(value);
        if (domain!.kind !== "span") return;
        expect(value).toBeGreaterThanOrEqual(domain!.low);
        expect(value).toBeLessThanOrEqual(domain!.high);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});
