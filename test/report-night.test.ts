/**
 * The report of nights that were played by the real loop: its headline is the truth of the night, and a planted false
 * win is not in it. Each lab knows the true value of every change, because the lab is a formula plus noise.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Report, report } from "../src/report.ts";
import { makeRepo, removeTemps, tempDir } from "./support/repo.ts";
import { type Act, type Played, play, playing } from "./support/toy.ts";

afterAll(removeTemps);

const PROGRAM = `---
name: noisy-toy
description: Lower the score of a noisy toy.
metric: { name: score, goal: minimize }
scope: [value.txt, luck.txt, note.txt]
budget: 1s
timeout: 20s
run: sh run.sh
gates: [test -s value.txt]
---
Change the number in value.txt.
`;

/** The score is the number in value.txt plus noise; a change that says "lucky" is 3 better once, and never again. */
function noisyLab(): string {
  const spent = join(tempDir(), "spent");
  const run = `value=$(cat value.txt)
case "$value" in bad) echo "no number" >&2; exit 3;; esac
luck=0
if [ "$(cat luck.txt)" = lucky ] && [ ! -e '${spent}' ]; then luck=3; touch '${spent}'; fi
awk -v v="$value" -v l="$luck" -v s="$NIGHTYARD_SEED" 'BEGIN { srand(s); n = 0; for (i = 0; i < 12; i++) n += rand();
  printf "---\\nscore: %.6f\\n", v - l + 0.05 * (n - 6) }'
`;
  return makeRepo({
    "program.md": PROGRAM,
    "value.txt": "10\n",
    "luck.txt": "plain\n",
    "note.txt": "\n",
    "run.sh": run,
  });
}

const write =
  (file: string, text: string, hypothesis: string): Act =>
  (turn) => {
    writeFileSync(join(turn.dir, file), `${text}\n`);
    return { hypothesis };
  };

const REAL = write("value.txt", "9", "a real gain of a tenth");
const LUCKY = write("luck.txt", "lucky", "a lucky one");
const WORSE = write("value.txt", "12", "this makes it worse");
const CRASH = write("value.txt", "bad", "this crashes");

function reportOn(played: Played): Report {
  const { session, experiments, entries } = played;
  return report({ session, experiments, entries, running: false, now: "2026-01-01T00:00:00Z", lab: ".", folder: "." });
}

/** The percent that the headline says; undefined when it says none. */
function saidPercent(r: Report): number | undefined {
  const found = /([−+])(\d+\.\d+) %/.exec(r.headline);
  return found === null ? undefined : Number(found[2]) * (found[1] === "−" ? -1 : 1);
}

describe("the headline of a night", () => {
  it("is the truth, although a planted false win looked four times as good", async () => {
    const played = await play(noisyLab(), { agent: playing([REAL, LUCKY, WORSE, CRASH]), confirmRuns: 4 });
    const r = reportOn(played);
    expect(played.experiments.map((e) => e.verdict?.kind)).toEqual([
      "keep",
      "keep",
      "keep",
      "discard",
      "crash",
      "discard",
    ]);
    // What was seen while choosing is the lie: about −40 %.
    expect(r.summary.best).toBeLessThan(7);
    expect(Math.abs((saidPercent(r) ?? 0) - -10)).toBeLessThan(1.5);
    expect(r.headline).toContain("2 kept");
    expect(r.trust.find((t) => t.name === "Fresh runs")?.mark).toBe("good");
    expect(r.hits.rows.map((h) => h.hypothesis)).toEqual(["a lucky one", "a real gain of a tenth"]);
    expect(r.next.ideas.map((i) => i.text).join()).not.toContain("nightyard confirm");
  });

  it("says no gain when the only win was a false one", async () => {
    const r = reportOn(await play(noisyLab(), { agent: playing([LUCKY, WORSE]), confirmRuns: 4 }));
    expect(r.summary.kept).toBe(1);
    expect(saidPercent(r)).toBeUndefined();
    expect(r.headline).toContain("no gain that fresh runs could prove");
    expect(r.trust.find((t) => t.name === "Fresh runs")?.mark).toBe("bad");
    expect(r.commands.map((c) => c.command)).toContain("nightyard confirm --session t");
  });

  it("says no number before fresh runs were made", async () => {
    const r = reportOn(await play(noisyLab(), { agent: playing([REAL]), confirmRuns: 0 }));
    expect(r.summary.kept).toBe(1);
    expect(saidPercent(r)).toBeUndefined();
    expect(r.headline).toContain("no gain confirmed yet");
  });
});

describe("the report of a night", () => {
  it("has every part of a session in which nothing was kept", async () => {
    const r = reportOn(await play(noisyLab(), { agent: playing([WORSE, CRASH, WORSE]) }));
    expect(r.headline).toContain("nothing better was found");
    expect(r.hits).toEqual({ rows: [], leftOut: 0 });
    expect(r.failed.rules).toContainEqual({ rule: "crash", count: 1 });
    expect(r.pace).toMatchObject({ judged: 3, keepRate: 0, crashRate: 1 / 3, duplicateRate: 1 / 3, sinceLastKeep: 3 });
    expect(r.trust.find((t) => t.name === "Gates")?.text).toBe('"test -s value.txt" 3 passed, 0 failed');
    expect(r.machine.idle.map((i) => i.cause)).toContain("queue and start");
    expect(r.machine.dollars).toBeUndefined();
  });

  it("works when everything crashed", async () => {
    const r = reportOn(await play(noisyLab(), { agent: playing([CRASH]), limits: { experiments: 1 } }));
    expect(r.pace.verdict).toBe("Everything crashed.");
    expect(r.pace.crashRate).toBe(1);
  });

  it("works when the baseline failed", async () => {
    const lab = makeRepo({ "program.md": PROGRAM, "value.txt": "1\n", "run.sh": "exit 1\n" });
    const played = await play(lab, { agent: playing([REAL]) });
    const r = reportOn(played);
    expect(r.state).toBe("baseline");
    expect(r.headline).toContain("score was not measured");
    expect(r.summary.baseline).toBeUndefined();
    expect(r.trust.find((t) => t.name === "Noise")?.text).toContain("unknown");
    expect(r.pace.verdict).toBe("Nothing was tried yet.");
  });

  it("shows what a change did that should not have been, first", async () => {
    const outside = write("run.sh", "echo score: 0", "score nothing");
    const r = reportOn(await play(noisyLab(), { agent: playing([WORSE, outside]) }));
    expect(r.look.rows[0]).toMatchObject({ experiment: 2, verdict: "discard" });
    expect(r.look.rows[0]?.why[0]).toMatch(/^integrity: /);
    expect(r.trust.find((t) => t.name === "Integrity")?.mark).toBe("bad");
    expect(r.timeline.moments.rows.map((m) => m.what)).toContain("integrity");
  });
});
