/** The progress plot: what is drawn for which experiment, on any numbers, and that nothing in it can be run. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seriesOf } from "../src/plot/input.ts";
import { metricRange, shortNumber, tickLabels, ticks } from "../src/plot/scale.ts";
import { type PlotInput, type PlotPoint, plotPng, progressPlot } from "../src/plot.ts";
import { parseResultsTsv } from "../src/results-tsv.ts";

function night(): PlotPoint[] {
  const text = readFileSync(new URL("./fixtures/h100-mar8.results.tsv", import.meta.url), "utf8");
  const read = parseResultsTsv(text);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return read.rows.map((row, experiment) => ({
    experiment,
    kind: row.status,
    metric: row.metric,
    label: row.status === "keep" && experiment % 3 === 0 ? "likely" : "confirmed",
    description: row.description,
    minutes: experiment * 5.85,
  }));
}

const plot = (points: readonly PlotPoint[], more: Partial<PlotInput> = {}) =>
  progressPlot({ title: "A night", metric: "val_bpb", goal: "minimize", points, ...more });

/** How often a mark is drawn, the legend left out (it has no position of its own). */
function count(svg: string, style: string): number {
  const marks = svg.split('<g transform="translate(')[0]!;
  return marks.split(`class="ny-${style}"`).length - 1;
}

const at = (experiment: number, metric: number | undefined, kind: PlotPoint["kind"] = "discard"): PlotPoint => ({
  experiment,
  kind,
  metric,
  description: `change ${experiment}`,
});

describe("the H100 night", () => {
  const svg = plot(night(), { noise: 0.0004 });

  test("shows every keep, discard and crash, the unconfirmed hollow", () => {
    const likely = night().filter(({ kind, label }) => kind === "keep" && label === "likely").length;
    expect([count(svg, "keep"), count(svg, "likely")]).toEqual([23 - likely, likely]);
    expect([count(svg, "discard"), count(svg, "crash"), count(svg, "band")]).toEqual([101, 1, 1]);
  });

  test("counts the run at 3.2 as off the scale instead of flattening the rest", () => {
    expect(svg).toContain("1 off scale above");
  });

  test("says in words what it shows, and that a crash is no number", () => {
    expect(svg).toContain("<title>A night</title>");
    expect(svg).toMatch(
      /<desc>125 experiments: 22 kept \(\d+ not confirmed\), 102 discarded, 1 crash · val_bpb 0\.9979 → 0\.969686/,
    );
    expect(svg).toContain("(−2.83 %)</desc>");
  });

  test("labels the baseline and the best, and lets no two labels overlap", () => {
    expect(svg).toContain(">baseline</text>");
    expect(svg).toContain(">warmdown 0.7 to 0.75</text>");
    const boxes = [
      ...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" class="ny-t ny-label"( text-anchor="end")?>([^<]*)/g),
    ].map(([, x, y, end, text]) => {
      const width = text!.length * 5.5;
      const left = end === undefined ? Number(x) : Number(x) - width;
      return { left, right: left + width, y: Number(y) };
    });
    expect(boxes.length).toBeGreaterThan(8);
    const clash = boxes.some((a, i) =>
      boxes.some((b, j) => j > i && Math.abs(a.y - b.y) < 11 && a.left < b.right && b.left < a.right),
    );
    expect(clash).toBe(false);
  });

  test("is the same for the same input", () => {
    expect(plot(night(), { noise: 0.0004 })).toBe(svg);
  });

  test("has hours below it when drawn by time", () => {
    expect(plot(night(), { by: "time" })).toContain(">hours</text>");
    expect(plot([at(0, 1, "keep")], { by: "time" })).toContain(">experiment</text>");
  });

  test("becomes a PNG in light colours", () => {
    const png = plotPng(svg);
    expect([...png.slice(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    const size = new DataView(png.buffer, png.byteOffset).getUint32(16);
    expect(size).toBe(2400);
  });
});

describe("the running best", () => {
  const keeps = [at(0, 2, "keep"), at(1, 3, "keep"), at(2, 1, "keep"), at(3, 0.5)];
  const best = (goal: PlotInput["goal"]) =>
    seriesOf({ title: "", metric: "m", goal, points: keeps }).best.map(({ y }) => y);

  test("only ever gets better, and heeds the goal", () => {
    expect(best("minimize")).toEqual([2, 1]);
    expect(best("maximize")).toEqual([2, 3]);
  });

  test("is in the order of the experiments whatever the order given", () => {
    const shuffled = { title: "", metric: "m", goal: "minimize" as const, points: [...keeps].reverse() };
    expect(seriesOf(shuffled).best.map(({ y }) => y)).toEqual([2, 1]);
  });
});

describe("odd numbers of points", () => {
  test("none", () => {
    expect(plot([])).toContain("no experiments yet");
    expect(plot([])).toContain("0 experiments: 0 kept, 0 discarded, 0 crashes");
  });

  test("one", () => {
    const svg = plot([at(0, 2.153, "keep")]);
    expect(svg).toContain("0 experiments: 0 kept, 0 discarded, 0 crashes · val_bpb 2.153");
    expect(count(svg, "keep")).toBe(1);
  });

  test("only crashes", () => {
    const svg = plot([at(0, undefined, "crash"), at(1, 5, "crash")]);
    expect([count(svg, "crash"), count(svg, "line")]).toEqual([2, 0]);
  });

  test("a hundred thousand make a file that can be sent", () => {
    const many = Array.from({ length: 100_000 }, (_, i) =>
      at(
        i,
        i % 50 === 7 ? undefined : 1 + Math.sin(i * 0.7) / 10 + 1000 / (1000 + i),
        i % 1000 === 0 ? "keep" : i % 50 === 7 ? "crash" : "discard",
      ),
    );
    const svg = plot(many);
    expect(svg.length).toBeLessThan(500_000);
    expect(svg).toContain("99,999 experiments: 99 kept, 97,900 discarded, 2000 crashes");
    expect(count(svg, "discard")).toBeGreaterThan(1000);
    expect(count(svg, "discard")).toBeLessThanOrEqual(4000);
  });
});

describe("odd numbers", () => {
  test("a missing, NaN or infinite metric stands on the lower edge", () => {
    const svg = plot([at(0, 1, "keep"), at(1, Number.NaN), at(2, Number.POSITIVE_INFINITY), at(3, undefined)]);
    expect([count(svg, "none"), count(svg, "discard")]).toEqual([3, 0]);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test("equal values get an axis that can be read", () => {
    const series = seriesOf({ title: "", metric: "m", goal: "minimize", points: [at(0, 5, "keep"), at(1, 5)] });
    const { low, high } = metricRange(series, "minimize", 0);
    expect(high - low).toBeGreaterThan(0.01);
    expect(low).toBeLessThan(5);
  });

  test("outliers do not flatten the rest, neither discards nor a keep", () => {
    const rest = Array.from({ length: 30 }, (_, i) => at(i + 3, 100 - (i % 7) / 3, i % 7 === 6 ? "keep" : "discard"));
    const points = [at(0, 1e9, "keep"), at(1, 1e12), at(2, -1e12), ...rest];
    const { low, high } = metricRange(seriesOf({ title: "", metric: "m", goal: "minimize", points }), "minimize", 0);
    expect(high - low).toBeLessThan(20);
    expect(plot(points)).toContain("2 off scale above");
    expect(plot(points)).toContain("1 off scale below");
  });

  test("a baseline that is merely much worse stays in the picture", () => {
    const points = [at(0, 0.9979, "keep"), ...Array.from({ length: 40 }, (_, i) => at(i + 1, 0.972 + (i % 5) / 1000))];
    expect(plot(points)).not.toContain("off scale");
  });

  test("any numbers give a drawing without NaN", () => {
    const number = fc.oneof(
      fc.double(),
      fc.double({ min: -10, max: 10 }),
      fc.constantFrom(undefined, 0, 1e300, -1e308, 5e-324),
    );
    const point = fc.record({
      experiment: fc.integer({ min: 0, max: 1e6 }),
      kind: fc.constantFrom("keep" as const, "discard" as const, "crash" as const),
      label: fc.constantFrom("confirmed" as const, "likely" as const, undefined),
      metric: number,
      description: fc.string({ unit: "binary", maxLength: 60 }),
      minutes: number,
    });
    const input = fc.record({
      title: fc.string({ unit: "binary" }),
      metric: fc.string({ unit: "binary" }),
      goal: fc.constantFrom("minimize" as const, "maximize" as const),
      noise: number,
      points: fc.array(point, { maxLength: 30 }),
      by: fc.constantFrom("time" as const, "experiment" as const, undefined),
    });
    fc.assert(
      fc.property(input, (any) => {
        const attributes = [...progressPlot(any).matchAll(/ (?:x|y|cx|cy|d|transform)="([^"]*)"/g)].map(
          (match) => match[1],
        );
        return attributes.every((value) => !/NaN|Infinity|undefined/.test(value!));
      }),
      { numRuns: 300 },
    );
  });
});

describe("untrusted text", () => {
  const evil = "</text><script>alert(1)</script>\"'&\u0000\u001b[31m\ud800\u202e";

  test("is escaped wherever it stands, and the result is well-formed", () => {
    const svg = plot([{ ...at(0, 1, "keep"), description: evil }], { title: evil, metric: evil });
    expect(svg).not.toContain("<script");
    expect(svg).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(() => encodeURIComponent(svg)).not.toThrow();
    expect(() => plotPng(svg)).not.toThrow();
  });

  test("there is no address, no script and no reference to the outside", () => {
    expect(plot(night()).replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /https?:|href|url\(|@import|<script| on\w+=/,
    );
  });
});

describe("axis numbers", () => {
  test.each([
    [0, 1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]],
    [0.969, 0.9985, 3, ["0.97", "0.98", "0.99"]],
    [0, 100_000, 5, ["0", "20,000", "40,000", "60,000", "80,000", "100,000"]],
    [-2, 2, 4, ["-2", "-1", "0", "1", "2"]],
    [0, 4e9, 4, ["0", "1e9", "2e9", "3e9", "4e9"]],
    [1, 1, 5, []],
  ])("from %s to %s", (from, to, many, labels) => {
    expect(tickLabels(ticks(from, to, many))).toEqual(labels);
  });

  test.each([
    [0.969686, "0.969686"],
    [1234567.03, "1234567"],
    [1e9, "1e9"],
    [0.00001234, "1.234e-5"],
    [0, "0"],
    [-2.5, "-2.5"],
  ])("says %s as %s", (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });
});
