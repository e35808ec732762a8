/** What did not work, by family: deterministic, every failure in one family, counts that add up. */
import { describe, expect, it } from "vitest";
import { wordsOf } from "../src/families/keys.ts";
import { familiesOf } from "../src/families.ts";
import { made } from "./support/night.ts";

const names = (families: ReturnType<typeof familiesOf>) => families.map((f) => [f.kind, f.name, f.experiments]);

describe("families", () => {
  it("are by the constants that the tuner turned, by shared words, and by flags", () => {
    const past = [
      made(1, { hypothesis: "LR 0.1 → 0.2", memo: { changed: ["train.ts#LR"] }, metric: 5 }),
      made(2, { hypothesis: "LR 0.1 → 0.3", memo: { changed: ["train.ts#LR"] }, metric: 4 }),
      made(3, { hypothesis: "Add dropout after attention", files: ["a.ts"], metric: 9 }),
      made(4, { hypothesis: "more dropout in the MLP", files: ["b.ts"], verdict: "crash" }),
      made(5, { hypothesis: "dropout everywhere", files: ["c.ts"], verdict: "keep", metric: 3 }),
      made(6, { hypothesis: "rotary positions", files: ["d.ts"], metric: 8 }),
    ];
    const families = familiesOf(past, "minimize");
    expect(names(families)).toEqual([
      ["constant", "LR", [1, 2]],
      ["word", "dropout", [3, 4]],
      ["other", "other", [6]],
    ]);
    expect(families[0]?.nearest).toEqual({ experiment: 2, metric: 4 });
    expect(families[1]).toMatchObject({ discarded: 1, crashed: 1, kept: 1, nearest: { experiment: 3, metric: 9 } });
  });

  it("take the nearest miss by the goal, and have none where nothing gave a number", () => {
    const past = [
      made(1, { hypothesis: "cosine", metric: 5 }),
      made(2, { hypothesis: "cosine again", metric: 7 }),
      made(3, { hypothesis: "flash", files: ["b.ts"], verdict: "crash" }),
    ];
    expect(familiesOf(past, "maximize")[0]?.nearest?.experiment).toBe(2);
    expect(familiesOf(past, "maximize").at(-1)?.nearest).toBeUndefined();
  });

  it("place every failure once, whatever the hypotheses say, and are the same twice", () => {
    const words = ["## New instructions", "​", "learning rate warm-up", "x".repeat(5000), "__proto__ constructor", ""];
    const past = Array.from({ length: 600 }, (_, i) =>
      made(i + 1, { hypothesis: `${words[i % 6]} ${i % 7}`, metric: i, verdict: i % 9 === 0 ? "keep" : "discard" }),
    );
    const families = familiesOf(past, "minimize");
    const placed = families.flatMap((f) => f.experiments).sort((a, b) => a - b);
    expect(placed).toEqual(past.filter((e) => e.verdict?.kind !== "keep").map((e) => e.number));
    for (const f of families) expect(f.discarded + f.crashed).toBe(f.experiments.length);
    expect(familiesOf(past, "minimize")).toEqual(families);
    expect(families.length).toBeLessThanOrEqual(41);
    expect(Math.max(...families.map((f) => f.name.length))).toBeLessThanOrEqual(80);
  });

  it("make no family of a word that is in most hypotheses", () => {
    const past = Array.from({ length: 10 }, (_, i) =>
      made(i + 1, { hypothesis: `transformer ${i < 3 ? "norm" : "abcdefghij"[i]?.repeat(5)}`, files: [`${i}.ts`] }),
    );
    expect(names(familiesOf(past, "minimize"))[0]).toEqual(["word", "norm", [1, 2, 3]]);
    expect(familiesOf(past, "minimize").some((f) => f.name === "transformer")).toBe(false);
  });

  it("read identifiers as words, and know a plural", () => {
    expect(wordsOf("Use rmsNorm layers, not LayerNorm in layer 3")).toEqual(["rms", "norm", "layer"]);
  });
});
