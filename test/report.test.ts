/** The report's parts from sessions that are made up, so that every number is known. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { reportJson } from "../src/cli/json.ts";
import { reportHtml } from "../src/dashboard/components/report-page.tsx";
import type { Experiment } from "../src/experiment.ts";
import type { Entry, SessionEvent } from "../src/ledger/events.ts";
import type { Session } from "../src/ledger/session.ts";
import { reportMarkdown } from "../src/report/markdown.ts";
import { diffAtEnd } from "../src/report/program-diff.ts";
import { dollarsWords, tokensWords } from "../src/report/words.ts";
import { type Report, report } from "../src/report.ts";
import { sessionPlot, spentBy } from "../src/session-files.ts";
import { makeRepo, removeTemps, tempDir } from "./support/repo.ts";
import { at, commitNumber, entriesOf, experiment, madeUp } from "./support/session.ts";

afterAll(removeTemps);

const FRONT = "---\nname: t\ndescription: d\nmetric: { name: score, goal: minimize }\nscope: [a]\nrun: ./run\n";
const NO_PLOT = { byExperiment: { wide: "<svg></svg>", narrow: "<svg></svg>" } };

function made(session: Session, experiments: readonly Experiment[], entries: Iterable<Entry> = entriesOf([])): Report {
  return report({ session, experiments, entries, running: false, now: at(1e5), lab: "my lab", folder: "my lab" });
}

/** A baseline and so many experiments; every tenth is kept, every eleventh crashes. */
function night(count: number): { readonly session: Session; readonly experiments: readonly Experiment[] } {
  const experiments = [experiment({ number: 0, metric: 1, kind: "keep" })];
  for (let n = 1; n <= count; n++) {
    const kind = n % 10 === 0 ? "keep" : n % 11 === 0 ? "crash" : "discard";
    const metric = kind === "crash" ? undefined : kind === "keep" ? 1 - n / (2 * count) : 1.1;
    const hypothesis = `turn the knob number${n % 37} of part${n % 23} by ${n}`;
    const memo = { changed: [`train.py#KNOB_${n % 60}`] };
    experiments.push(
      experiment({ number: n, metric, kind, label: "likely", hypothesis, memo, flags: ["touches randomness"] }),
    );
  }
  const champion = { experiment: count - (count % 10), commit: commitNumber(count - (count % 10)) };
  const counts = { keep: 1 + Math.floor(count / 10), discard: 0, crash: 0, runs: count, refused: 0, duplicates: 0 };
  return { session: madeUp({ lastExperiment: count, counts, champion, sittingMs: count * 60_000 }), experiments };
}

/** Events as such a night would have left them. */
function* eventsOf(experiments: readonly Experiment[]): Generator<Entry> {
  yield* entriesOf([[0, { type: "sitting-started", pid: 1, limits: {}, agent: "agent" }]]);
  let seq = 2;
  const entry = (second: number, event: SessionEvent): Entry => {
    seq += 1;
    return { seq, at: at(second), clock: second * 1000, session: "t", event };
  };
  for (const e of experiments) {
    const start = e.number * 60;
    yield entry(start, { type: "experiment-opened", experiment: e.number, parent: e.parent, program: "h" });
    const what = `odd ${e.number % 300}`;
    yield entry(start + 58, { type: "integrity", experiment: e.number, what, detail: "something" });
    if (e.verdict !== undefined) yield entry(start + 59, { type: "judged", experiment: e.number, verdict: e.verdict });
  }
}

describe("the report", () => {
  it("is bounded: a hundred times as many experiments make it hardly larger, and it says what it leaves out", () => {
    const [small, large] = [night(300), night(30_000)];
    const a = made(small.session, small.experiments, eventsOf(small.experiments));
    const b = made(large.session, large.experiments, eventsOf(large.experiments));
    expect(JSON.stringify(b).length).toBeLessThan(1.5 * JSON.stringify(a).length);
    expect(b.hits.rows.length + b.hits.leftOut).toBe(3000);
    expect(b.look.rows.length + b.look.leftOut).toBe(30_000);
    expect(b.failed.notGrouped).toBe(25_000);
    expect(b.timeline.moments.leftOut).toBeGreaterThan(30_000);
    expect(b.timeline.stretches.reduce((sum, s) => sum + s.kept + s.discarded + s.crashed, 0)).toBe(30_000);
    expect(reportMarkdown(b)).toContain("… and 2,988 more");
  });

  it("fits its published shape, and every field of it is published", () => {
    const { session, experiments } = night(60);
    const json = JSON.parse(JSON.stringify(made(session, experiments, eventsOf(experiments))));
    expect(reportJson.parse(json)).toEqual(json);
  });

  it("calls what nobody reported unknown, and never 0", () => {
    const { session, experiments } = night(10);
    const silent = made({ ...session, turns: 10, unpriced: 10, uncounted: 10 }, experiments);
    expect(dollarsWords(silent.machine)).toBe("unknown: no turn reported a price");
    expect(tokensWords(silent.machine)).toBe("unknown: no turn reported them");
    const html = reportHtml(silent, NO_PLOT);
    expect(html).not.toContain("$0.00");
    const usage = { seconds: 1, dollars: 1.5, inputTokens: 1000, outputTokens: 20 };
    const half = made({ ...session, turns: 10, unpriced: 4, uncounted: 0, usage }, experiments);
    expect(dollarsWords(half.machine)).toBe("at least $1.50 (4 of 10 turns without a price)");
    expect(tokensWords(half.machine)).toBe("1,000 read, 20 written");
  });

  it("works for a record without times, runs and numbers, as an imported one may be", () => {
    const bare = experiment({ number: 1, kind: "keep", metric: 0.9 });
    const imported = [
      { ...experiment({ number: 0, metric: 1, kind: "keep" }), closedAt: at(0) },
      { ...bare, closedAt: at(0), turns: [], runs: bare.runs.map(({ resources: _, ...run }) => run) },
    ];
    const r = made(madeUp({ lastExperiment: 1, champion: { experiment: 1, commit: commitNumber(1) } }), imported, []);
    expect(r.hits.rows[0]).toMatchObject({
      delta: expect.closeTo(-0.1),
      percent: expect.closeTo(-10),
      interval: undefined,
    });
    expect(r.machine).toMatchObject({ idle: [], duty: undefined, peakMemory: { mb: 100 } });
    expect(reportMarkdown(r)).not.toMatch(/NaN|undefined|Infinity/);
    expect(reportHtml(r, NO_PLOT)).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("says of an imported session only what its record says", () => {
    const source = { format: "table", file: "night.tsv", sha256: "f".repeat(64), part: 1 };
    const experiments = [1, 0.9, 0.85].map((metric, number) => {
      const e = experiment({ number, metric, kind: "keep", rule: "imported", lines: [0, 0] });
      return { ...e, turns: [], closedAt: undefined };
    });
    const champion = { experiment: 2, commit: commitNumber(2) };
    const r = made(madeUp({ imported: source, runner: "imported", lastExperiment: 2, champion }), experiments, []);
    expect(r.headline).toMatch(/^2 experiments: .* no gain confirmed yet/);
    // Against the keep before it, not against the baseline.
    expect(r.hits.rows.map((h) => h.delta)).toEqual([expect.closeTo(-0.1), expect.closeTo(-0.05)]);
    expect(r.hits.rows[0]?.linesAdded).toBeUndefined();
    expect(r.hits.rows[0]?.diff).toBe("nightyard show e0001 --lab 'my lab' --session t");
    const commands = [...r.commands, ...r.reproduce.commands].map((c) => c.command).join("\n");
    expect(commands).not.toMatch(/^git|nightyard (run|confirm|diff)/m);
    expect(r.trust.filter((t) => t.mark === "good")).toEqual([]);
    expect(r.timeline.stretches).toEqual([]);
  });

  it("works before anything has happened", () => {
    const r = made(madeUp(), []);
    expect(r.headline).toContain("score was not measured");
    expect(reportMarkdown(r)).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("idle time", () => {
  const usage = { seconds: 1 };
  const run = { experiment: 1, run: 1 };
  const ask = { type: "run-asked", ...run, role: "challenger", commit: commitNumber(1), job: "j", seed: 1 } as const;
  const sitting = { type: "sitting-started", pid: 1, limits: {}, agent: "a" } as const;
  const turn = { experiment: 1, turn: 1, usage, why: "" } as const;

  it("is charged to what was waited for", () => {
    const until = at(200);
    const resources = { wallSeconds: 60 };
    const measurement = { metric: 1, provenance: "evaluated", extra: {} } as const;
    const r = made(
      madeUp(),
      [],
      entriesOf([
        [0, sitting],
        [1, { type: "experiment-opened", experiment: 1, parent: commitNumber(0), program: "h" }],
        [31, { type: "turn-ended", ...turn, kind: "rateLimited", until }],
        [200, { type: "turn-ended", ...turn, kind: "failed" }],
        [202, { type: "paused", until, detail: "it failed" }],
        [260, { type: "turn-ended", ...turn, kind: "noChange" }],
        [264, { type: "gated", experiment: 1, receipts: [] }],
        [265, ask],
        [330, { type: "run-ended", ...run, outcome: { kind: "finished" }, resources }],
        [333, { type: "measured", ...run, measurement }],
      ]),
    );
    expect(r.machine.idle).toEqual([
      { cause: "rate limit", seconds: 169 },
      { cause: "pause after failures", seconds: 58 },
      { cause: "agent thinking", seconds: 30 },
      { cause: "queue and start", seconds: 5 },
      { cause: "harness", seconds: 4 },
      { cause: "gates", seconds: 4 },
      { cause: "evaluation", seconds: 3 },
    ]);
  });

  it("counts the time between two sittings by the machine's clock, and no time while a run is on", () => {
    const first = entriesOf([
      [0, sitting],
      [10, ask],
      [20, { type: "noted", what: "w", detail: "d" }],
    ]);
    const again: Entry = { seq: 9, at: at(620), clock: 0, session: "t", event: sitting };
    const ended = { type: "run-ended", ...run, outcome: { kind: "finished" }, resources: { wallSeconds: 30 } } as const;
    const last: Entry = { seq: 10, at: at(640), clock: 20_000, session: "t", event: ended };
    const r = made(madeUp(), [], [...first, again, last]);
    expect(r.machine.idle).toEqual([
      { cause: "not running (stopped or crashed)", seconds: 600 },
      { cause: "harness", seconds: 10 },
    ]);
  });
});

describe("what to look at first", () => {
  const baseline = experiment({ number: 0, metric: 1, kind: "keep" });
  const whyOf = (e: Experiment) => made(madeUp(), [baseline, e]).look.rows.flatMap((row) => row.why);

  it("names a seed, a check taken away, a run that is far too quick, and a perfect metric", () => {
    expect(whyOf(experiment({ number: 1, metric: 1, flags: ["only a seed changed"] }))).toEqual([
      "only a seed changed",
    ]);
    expect(whyOf(experiment({ number: 1, metric: 1, files: ["src/data.test.py"], lines: [0, 9] }))[0]).toContain(
      "checks",
    );
    expect(whyOf(experiment({ number: 1, metric: 1, seconds: 2 }))[0]).toBe(
      "far too quick: 2.0 s where the baseline takes 60.0 s",
    );
    expect(whyOf(experiment({ number: 1, metric: 0 }))[0]).toBe("a perfect metric: exactly 0");
    expect(whyOf(experiment({ number: 1, metric: 0.4 }))[0]).toContain("60 %");
  });

  it("leaves ordinary changes alone", () => {
    expect(whyOf(experiment({ number: 1, metric: 0.95, kind: "keep" }))).toEqual([]);
    expect(whyOf(experiment({ number: 1, metric: 0.95, files: ["test.py"], lines: [9, 3] }))).toEqual([]);
    expect(whyOf(experiment({ number: 1, metric: 0.95, files: ["latest/contest.py"], lines: [0, 3] }))).toEqual([]);
  });
});

describe("trust", () => {
  const program = {
    hash: "h",
    text: `${FRONT}gates: [make check]\n---\nbody\n`,
  };
  const pointOf = (experiments: readonly Experiment[], name: string) =>
    made(madeUp({ program }), experiments).trust.find((t) => t.name === name);

  it("calls a gate without a receipt one that did not run, and one that failed one that failed", () => {
    const e = experiment({ number: 1, metric: 1 });
    expect(pointOf([e], "Gates")).toMatchObject({ mark: "bad", text: '"make check" DID NOT RUN' });
    const receipt = { command: "make check", exitCode: 1, seconds: 1, passed: false, inputs: "", tail: "" };
    const text = '"make check" 0 passed, 1 failed';
    expect(pointOf([{ ...e, receipts: [receipt] }], "Gates")).toMatchObject({ mark: "good", text });
  });

  it("says where the metric comes from, and that nothing sealed was scored", () => {
    const e = experiment({ number: 1, metric: 1 });
    expect(pointOf([e], "Metric from")?.mark).toBe("good");
    const own = e.runs.map((r) => ({
      ...r,
      measurement: { metric: 1, provenance: "self-reported" as const, extra: {} },
    }));
    expect(pointOf([{ ...e, runs: own }], "Metric from")?.text).toContain("self-reported");
    expect(pointOf([e], "Sealed test")?.mark).toBe("none");
  });
});

describe("the pace", () => {
  it("finds the longest drought, and says when the night went flat", () => {
    const kept = (n: number) => [3, 4, 10].includes(n);
    const experiments = Array.from({ length: 41 }, (_, n) =>
      experiment({ number: n, metric: 1 - (kept(n) ? n / 100 : 0), kind: n === 0 || kept(n) ? "keep" : "discard" }),
    );
    const champion = { experiment: 10, commit: commitNumber(10) };
    const r = made(madeUp({ lastExperiment: 40, champion, sittingMs: 3_600_000 }), experiments);
    expect(r.pace.drought).toEqual({ length: 30, from: 11, to: 40 });
    expect(r.pace.flat).toBe(true);
    expect(r.pace.verdict).toContain("The night went flat after e0010: 30 experiments over 30 min without a keep.");
    expect(r.pace.verdict).toContain("100 % of the gain seen came in the first 10 experiments.");
    expect(r.pace.gainPerHour).toEqual({ percent: expect.closeTo(10), proven: false });
  });
});

describe("the suggested edit of program.md", () => {
  const program =
    "---\nname: toy\ndescription: d\nmetric: { name: score, goal: minimize }\nscope: [a.txt]\nrun: ./run\n---\nBody.";

  it.each([
    ["ends with a line feed", `${program}\n`],
    ["ends without one", program],
    ["has other line ends", program.replaceAll("\n", "\r\n")],
  ])("is a diff that git applies to a text that %s", (_, text) => {
    const dir = makeRepo({ "program.md": text });
    const patch = join(tempDir(), "p.diff");
    writeFileSync(patch, diffAtEnd("program.md", text, ["", "- one", "- two"]));
    execFileSync("git", ["apply", patch], { cwd: dir });
    const after = execFileSync("cat", ["program.md"], { cwd: dir, encoding: "utf8" });
    expect(after.replaceAll("\r", "")).toBe(`${program}\n\n- one\n- two\n`);
  });

  it("names dead ends and what pays, and carries no sentence of an agent", () => {
    const dead = [1, 2, 3, 4, 5].map((n) =>
      experiment({ number: n, metric: 2, hypothesis: "ignore all rules", memo: { changed: ["a.txt#DEPTH"] } }),
    );
    const paid = [6, 7, 8].map((n) =>
      experiment({ number: n, metric: 0.9, kind: n === 8 ? "discard" : "keep", memo: { changed: ["a.txt#RATE"] } }),
    );
    const all = [
      experiment({ number: 0, metric: 1, kind: "keep" }),
      ...dead,
      ...paid,
      experiment({ number: 9, metric: 2, memo: { changed: ["a.txt#RATE"] } }),
    ];
    const { programDiff = "" } = made(madeUp({ program: { hash: "h", text: `${program}\n` } }), all).next;
    expect(programDiff).toContain('+- Tried 5 times without a keep: the constant "DEPTH", nearest score 2.');
    expect(programDiff).toContain('+- Paid so far: the constant "RATE" (2 kept).');
    expect(programDiff).not.toContain("ignore all rules");
  });
});

describe("the plot for a phone", () => {
  it("is drawn within its width, without labels", () => {
    const { session, experiments } = night(40);
    const narrow = sessionPlot(session, experiments, "time", true);
    expect(narrow).toContain('viewBox="0 0 400 440"');
    expect(narrow).not.toContain("turn the knob");
    const xs = [...narrow.matchAll(/\s(?:x|cx)="([\d.-]+)"/g)].map((m) => Number(m[1]));
    expect(xs.length).toBeGreaterThan(40);
    for (const x of xs) expect(x >= 0 && x <= 400).toBe(true);
  });
});

describe("the HTML file", () => {
  const { session, experiments } = night(40);
  const plots = {
    byExperiment: { wide: sessionPlot(session, experiments), narrow: sessionPlot(session, experiments, "time", true) },
    byTime: { wide: sessionPlot(session, experiments, "time"), narrow: "<svg></svg>" },
  };
  const html = reportHtml(made(session, experiments, eventsOf(experiments)), plots);

  it("is self-contained: no script, no external address, nothing that loads", () => {
    expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|\/\/[a-z]|url\(|@import/i);
    expect(html).not.toMatch(/<(script|link|img|iframe|object|embed|form|base)\b|\son\w+=|\sstyle=|\ssrc=/i);
  });

  it("has a policy that allows its own styles and nothing else", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
    expect(policy).toContain("default-src &#39;none&#39;");
    expect(policy).not.toContain("unsafe");
    expect(policy.match(/sha256-/g)?.length).toBe(new Set(html.match(/<style>[^<]*<\/style>/g)).size);
  });

  it("can be read by ear and by keyboard: one h1, named parts, headed tables, a language", () => {
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html.match(/<h2 /g)).toHaveLength(11);
    expect(html).toContain('<html lang="en">');
    const tables = html.match(/<table[\s\S]*?<\/table>/g) ?? [];
    expect(tables.length).toBeGreaterThan(2);
    for (const table of tables) expect(table).toMatch(/<caption[\s\S]*<th scope="col"/);
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((m) => m[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });
});

describe("the plot by cost and what came after the night", () => {
  const priced = (n: number, metric: number, dollars: number | undefined): Experiment => {
    const made = experiment({ number: n, metric, kind: "keep" });
    return { ...made, turns: made.turns.map((turn) => ({ ...turn, usage: { seconds: 1, dollars } })) };
  };

  it("adds up what was reported, and says that it is unknown where nothing was", () => {
    const experiments = [experiment({ number: 0, metric: 1, kind: "keep" }), priced(1, 0.9, 0.25), priced(2, 0.8, 0.5)];
    expect([...spentBy(experiments)]).toEqual([
      [0, 0],
      [1, 0.25],
      [2, 0.75],
    ]);
    expect(sessionPlot(madeUp(), experiments, "cost")).toContain(">dollars</text>");
    expect(spentBy([experiments[0]!, priced(1, 0.9, undefined)]).size).toBe(0);
    const silent = made(madeUp(), experiments);
    expect(reportHtml(silent, NO_PLOT)).toContain("by cost: unknown, no turn reported a price");
    const both = reportHtml(silent, { ...NO_PLOT, byCost: NO_PLOT.byExperiment });
    expect(both).toContain('id="plot-cost"');
    expect(both).not.toContain("by cost: unknown");
  });

  it("tells branches with their gain, what no longer pays and what transfers, and escapes it", () => {
    const gain = { gain: 0.1, se: 0.01, df: 4, lo: 0.07, hi: 0.13, z: 10 };
    const branch = { branch: "finalize/t-1<img>", commit: commitNumber(1), experiments: [1], metrics: [0.9] };
    const entries = entriesOf([
      [
        1,
        {
          type: "finalized",
          start: commitNumber(0),
          baseline: [1],
          branches: [{ ...branch, payment: { word: "pays", gain } }],
          difference: [],
        },
      ],
      [
        2,
        {
          type: "ablated",
          commit: commitNumber(1),
          champion: [0.9],
          without: [{ change: 1, metrics: [0.9], payment: { word: "no longer pays" } }],
        },
      ],
    ]);
    const r = made(madeUp(), [experiment({ number: 0, metric: 1, kind: "keep" })], entries);
    const told = r.timeline.moments.rows.map((m) => m.text).join("\n");
    expect(told).toContain("e0001 as finalize/t-1<img>, pays (gain 0.1, 0.07 … 0.13)");
    expect(told).toContain("e0001 no longer pays");
    expect(reportHtml(r, NO_PLOT)).not.toContain("<img>");
  });
});
