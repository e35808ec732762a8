/**
 * labs/circle-packing: the checker is exact, refuses what is wrong by however little, and a session is scored by it.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { COUNT, check, MAX_BYTES } from "../../labs/circle-packing/exact.ts";
import { removeTemps } from "../support/repo.ts";
import { copyLab, script, shortSession } from "./lab.ts";

afterAll(removeTemps);

interface Circle {
  x: unknown;
  y: unknown;
  r: unknown;
}

/** Centres 0.16 apart and at least 0.1 from the sides: any radii up to 0.08 fit. */
function grid(): Circle[] {
  const at = (step: number) => (0.1 + 0.16 * step).toFixed(2);
  return Array.from({ length: COUNT }, (_, i) => ({ x: at(i % 6), y: at(Math.floor(i / 6)), r: "0.08" }));
}

/** 25 circles in a grid of fifths, each touching its neighbours and the sides, and one in a gap. */
function touching(): Circle[] {
  const cells = Array.from({ length: 25 }, (_, i) => ({
    x: `0.${1 + 2 * (i % 5)}`,
    y: `0.${1 + 2 * Math.floor(i / 5)}`,
    r: "0.1",
  }));
  return [...cells, { x: "0.2", y: "0.2", r: "0.04" }];
}

const textOf = (circles: readonly unknown[]) => JSON.stringify({ circles });
const whyNot = (text: string) => {
  const answer = check(text);
  return answer.kind === "refused" ? answer.why : undefined;
};
/** The touching packing with one circle changed. */
const changed = (index: number, part: Partial<Circle>) =>
  textOf(touching().map((circle, i) => (i === index ? { ...circle, ...part } : circle)));

describe("the checker", () => {
  it("takes circles that touch exactly, and gives the exact sum", () => {
    expect(check(textOf(touching()))).toEqual({ kind: "valid", sum: `2.54${"0".repeat(58)}` });
  });

  it.each([
    ["an overlap of 1e-30", changed(0, { r: `0.1${"0".repeat(28)}1` }), "circle 0 reaches out of the unit square"],
    ["an overlap of 1e-30 inside", changed(12, { r: `0.1${"0".repeat(28)}1` }), "circles 7 and 12 overlap"],
    ["an overlap of 1e-60", changed(12, { r: `0.1${"0".repeat(58)}1` }), "circles 7 and 12 overlap"],
    ["a centre moved by 1e-60", changed(12, { x: `0.5${"0".repeat(58)}1` }), "circles 12 and 13 overlap"],
    ["the same circle twice", textOf([...touching().slice(0, 25), touching()[12]]), "circles 12 and 25 overlap"],
    ["a circle inside another", changed(25, { x: "0.1", y: "0.1" }), "circles 0 and 25 overlap"],
    ["a negative radius", changed(25, { r: "-0.04" }), "circle 25: its radius is not above 0"],
    ["a radius of 0", changed(25, { r: "0.0" }), "circle 25: its radius is not above 0"],
    ["a radius of minus 0", changed(25, { r: "-0" }), "circle 25: its radius is not above 0"],
    ["a centre outside", changed(25, { x: "1.5" }), "circle 25 reaches out of the unit square"],
    ["NaN", changed(25, { r: "NaN" }), "circle 25: r is no decimal text"],
    ["infinity", changed(25, { r: "Infinity" }), "circle 25: r is no decimal text"],
    ["1e400", changed(25, { r: "1e400" }), "circle 25: r is no decimal text"],
    ["1e-5", changed(25, { r: "1e-5" }), "circle 25: r is no decimal text"],
    ["hexadecimal", changed(25, { r: "0x1" }), "circle 25: r is no decimal text"],
    ["an underscore", changed(25, { r: "0.0_4" }), "circle 25: r is no decimal text"],
    ["a line break", changed(25, { r: "0.04\n" }), "circle 25: r is no decimal text"],
    ["other digits", changed(25, { r: "0.٠٤" }), "circle 25: r is no decimal text"],
    ["nothing before the point", changed(25, { r: ".04" }), "circle 25: r is no decimal text"],
    ["61 digits", changed(25, { r: `0.04${"0".repeat(59)}` }), "circle 25: r is no decimal text"],
    ["a number of JSON", changed(25, { r: 0.04 }), "circle 25: r is no decimal text"],
    ["a list", changed(25, { r: ["0.04"] }), "circle 25: r is no decimal text"],
    ["no radius", changed(25, { r: undefined }), "circle 25: r is no decimal text"],
    ["25 circles", textOf(touching().slice(0, 25)), "25 circles, 26 are wanted"],
    ["27 circles", textOf([...touching(), { x: "0.4", y: "0.2", r: "0.04" }]), "27 circles, 26 are wanted"],
    ["null for a circle", textOf([...touching().slice(0, 25), null]), "circle 25 is no object"],
    ["no list", '{"circles":{"length":26}}', 'the submission has no list "circles"'],
    ["null", "null", 'the submission has no list "circles"'],
    ["no JSON", '{"circles":[', "the submission is no JSON"],
    ["nothing", "", "the submission is no JSON"],
    ["depth", "[".repeat(60_000), "the submission is no JSON"],
    ["a long text", " ".repeat(MAX_BYTES + 1), "the submission is longer than 65536 bytes"],
  ])("refuses %s", (_, text, why) => {
    expect(whyNot(text)).toMatch(new RegExp(`^${why.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`));
  });

  it("never throws and never takes what it cannot read, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => check(text).kind === "refused"),
      { numRuns: 500 },
    );
  });

  it("agrees with fractions of whole numbers on any pair of circles, and however digits are written", () => {
    const digits = fc.bigInt({ min: 1n, max: 10n ** 12n - 1n });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(digits, digits, digits), { minLength: 2, maxLength: 2 }),
        fc.nat(40),
        (pair, zeros) => {
          const [a, b] = pair as [[bigint, bigint, bigint], [bigint, bigint, bigint]];
          const small = (value: bigint) => `0.${String(value).padStart(12, "0")}${"0".repeat(zeros)}`;
          const one = 10n ** 12n;
          const inside = [a, b].every(([x, y, r]) => r <= x && r <= y && x + r <= one && y + r <= one);
          const apart = (a[0] - b[0]) ** 2n + (a[1] - b[1]) ** 2n >= (a[2] + b[2]) ** 2n;
          // All others are points in a corner that are too small to matter: 1e-50 apart on the diagonal.
          const tiny = Array.from({ length: 24 }, (_, i) => {
            const at = `0.${"0".repeat(48)}${String(10 + 3 * i).padStart(3, "0")}`;
            return { x: at, y: at, r: `0.${"0".repeat(50)}1` };
          });
          const found = whyNot(
            textOf([...[a, b].map(([x, y, r]) => ({ x: small(x), y: small(y), r: small(r) })), ...tiny]),
          );
          const isPairFault = found !== undefined && /circle [01] |circles 0 and 1 /.test(found);
          expect(isPairFault).toBe(!inside || !apart);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("gives the sum of any radii that fit, to the last digit", () => {
    const radius = fc.bigInt({ min: 1n, max: 7n * 10n ** 58n });
    fc.assert(
      fc.property(fc.array(radius, { minLength: COUNT, maxLength: COUNT }), (radii) => {
        const circles = grid().map((circle, i) => ({ ...circle, r: `0.${String(radii[i]).padStart(60, "0")}` }));
        const sum = radii.reduce((total, r) => total + r, 0n);
        const answer = check(textOf(circles));
        expect(answer.kind === "valid" && BigInt(answer.sum.replace(".", ""))).toBe(sum);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a run and its evaluation", () => {
  it("leaves a packing that is right without any tolerance, for several seeds, and scores it", () => {
    const dir = copyLab("circle-packing");
    for (const seed of ["1", "2", "3"]) {
      const ran = script(dir, "pack.ts", { NIGHTYARD_BUDGET_SECONDS: "1.5", NIGHTYARD_SEED: seed });
      expect(ran.text).toMatch(/^---\nsum_radii: 2\.\d+\nstarts: \d+\nvalid: 1\n$/);
      const scored = script(dir, "evaluate.ts", { NIGHTYARD_RUN_DIR: dir });
      expect(scored.text).toMatch(/^METRIC sum_radii=2\.\d{17}\n$/);
      const sum = JSON.parse(readFileSync(join(dir, "submission.json"), "utf8")).circles.reduce(
        (total: number, { r }: { r: string }) => total + Number(r),
        0,
      );
      expect(Number(scored.text.split("=")[1])).toBeCloseTo(sum, 12);
    }
  });

  it("fails, and leaves nothing, when no start ends in a packing", () => {
    const dir = copyLab("circle-packing");
    const source = readFileSync(join(dir, "pack.ts"), "utf8");
    writeFileSync(join(dir, "pack.ts"), source.replace("STEP_SIZE = 0.003", "STEP_SIZE = 1e300"));
    const ran = script(dir, "pack.ts", { NIGHTYARD_BUDGET_SECONDS: "1" });
    expect(ran.text).toMatch(/^FAIL: no packing after \d+ starts/);
    expect(ran.status).toBe(1);
    expect(script(dir, "evaluate.ts", { NIGHTYARD_RUN_DIR: dir }).text).toBe(
      "evaluate: the run left no submission.json\n",
    );
  });

  it("refuses a link, a pipe, a folder and a huge file in place of the submission", () => {
    const dir = copyLab("circle-packing");
    const file = join(dir, "submission.json");
    const evaluated = () => script(dir, "evaluate.ts", { NIGHTYARD_RUN_DIR: dir });
    writeFileSync(join(dir, "elsewhere.json"), textOf(touching()));
    symlinkSync(join(dir, "elsewhere.json"), file);
    expect(evaluated().text).toBe("evaluate: submission.json is no plain file\n");
    for (const make of [`mkfifo "${file}"`, `mkdir "${file}"`]) {
      spawnSync("sh", ["-c", `rm -rf "${file}"; ${make}`]);
      expect(evaluated().text).toBe("evaluate: submission.json is no plain file\n");
    }
    spawnSync("sh", ["-c", `rm -rf "${file}"; truncate -s 8G "${file}"`]);
    expect(evaluated().text).toContain("submission.json has 8589934592 bytes, more than 65536");
    expect(evaluated().status).toBe(1);
  });
});

describe("a session", () => {
  it("is measured by the evaluator and finds the constants", () => {
    const { status, rows, err } = shortSession("circle-packing", 2, "2s");
    expect(err).toContain("e0002 tries:");
    expect(status).toBe(0);
    expect(rows.length).toBe(3);
    for (const [, metric] of rows) expect(Number(metric)).toBeLessThan(2.64);
    expect(Number(rows[0]?.[1])).toBeGreaterThan(2.2);
    expect(rows[1]?.[4]).toMatch(/STEPS|STEP_SIZE|MOMENTUM|PENALTY|RADIUS_FIRST|JITTER/);
  }, 200_000);
});
