/** What a diff says about its kind: seeds, and code added and removed. */
import { describe, expect, it } from "vitest";
import { changeFacts, flagsOf } from "../src/change-facts.ts";

const diff = (removed: readonly string[], added: readonly string[]) =>
  [
    "--- a/train.ts",
    "+++ b/train.ts",
    "@@ -1 +1 @@",
    ...removed.map((l) => `-${l}`),
    ...added.map((l) => `+${l}`),
  ].join("\n");

describe("a change of a seed", () => {
  const seeds: readonly (readonly [string, string])[] = [
    ["const SEED = 42;", "const SEED = 137;"],
    ["torch.manual_seed(42)", "torch.manual_seed(137)"],
    ["random_state = 1", "random_state = 2"],
    ["const rngSeed = 1;", "const rngSeed = 2;"],
    ["seed: 1", "seed: 2"],
    ["np.random.seed(0)", "np.random.seed(1)"],
    ["const seed = Number(process.env.NIGHTYARD_SEED);", "const seed = 7;"],
  ];
  for (const [before, after] of seeds) {
    it(`is seen in "${after}"`, () => {
      expect(flagsOf(changeFacts(diff([before], [after])))).toEqual(["only a seed changed"]);
    });
  }

  it("among other changes is flagged as touching randomness", () => {
    expect(flagsOf(changeFacts(diff(["seed = 1", "lr = 1"], ["seed = 2", "lr = 2"])))).toEqual(["touches randomness"]);
  });

  it("is not seen in words that only contain it, in comments, or in dropout", () => {
    for (const line of [
      "seedling = 2",
      "const proceeds = 3;",
      "# a better seed",
      "const DROPOUT = 0.1;",
      "superseded = 1",
    ]) {
      expect(flagsOf(changeFacts(diff([], [line])))).toEqual([]);
    }
  });
});

describe("simplification", () => {
  it("counts code, not comments or blank lines", () => {
    const facts = changeFacts(diff(["// why", "", "  # note", "const a = 1;", "const b = 2;"], ["const c = 3;"]));
    expect([facts.codeRemoved, facts.codeAdded]).toEqual([2, 1]);
  });

  it("is nothing in an empty diff", () => {
    expect(changeFacts("")).toEqual({
      codeAdded: 0,
      codeRemoved: 0,
      onlySeed: false,
      touchesSeed: false,
      touchesSchedule: false,
    });
  });
});
