/**
 * The morning report of a session as one value: pure, from the ledger's state and one pass over its events. Works for a
 * session that runs, has ended, kept nothing, only crashed, or never got past its baseline.
 *
 * Bounded: with 100,000 experiments the value is no larger than with a few hundred, and says what it leaves out. The
 * order is that of the page: the sentence, trust, the plot, what was gained, what to look at, what failed, the pace,
 * the machine, the night, what next, how to reproduce, commands. Renderers: `report/markdown.ts` and
 * `dashboard/components/`.
 */
import { basename } from "node:path";
import { reportHeadline } from "./headline.ts";
import { failedOf } from "./report/failed.ts";
import { happeningsOf } from "./report/happenings.ts";
import { hitsOf } from "./report/hits.ts";
import { nextOf } from "./report/ideas.ts";
import { programOf, type ReportInput } from "./report/input.ts";
import { words } from "./report/listed.ts";
import { lookOf } from "./report/look.ts";
import { machineOf } from "./report/machine.ts";
import { paceOf } from "./report/pace.ts";
import { plotFacts } from "./report/plot-facts.ts";
import { commandsOf, reproduceOf } from "./report/reproduce.ts";
import type { Report } from "./report/shape.ts";
import { timelineOf } from "./report/timeline.ts";
import { trustOf } from "./report/trust.ts";
import { summarize } from "./summary.ts";

export type { ReportInput } from "./report/input.ts";
export type { Report } from "./report/shape.ts";

export function report(input: ReportInput): Report {
  const { session, experiments, lab, folder } = input;
  const hypotheses = new Map(experiments.map((e) => [e.number, e.proposal?.hypothesis] as const));
  const happenings = happeningsOf(input.entries, (n) => words(hypotheses.get(n), 160));
  const program = programOf(session);
  const summary = summarize(session, experiments);
  const { failed, families } = failedOf(experiments, session.metric.goal);
  const pace = paceOf(summary, experiments);
  const machine = machineOf(session, summary, experiments, happenings);
  const known = { session, summary, experiments, happenings, program };
  return {
    version: 1,
    tag: words(session.tag, 64),
    lab: words(basename(session.lab), 80),
    metric: { name: words(session.metric.name, 80), goal: session.metric.goal },
    startedAt: session.startedAt,
    madeAt: input.now,
    state: input.running ? "running" : (session.ended?.why ?? "stopped"),
    imported: session.imported === undefined ? undefined : words(session.imported.file, 200),
    headline: words(reportHeadline(summary), 400),
    summary: { ...summary, metric: words(summary.metric, 80) },
    trust: trustOf(known),
    plot: plotFacts(session, summary, experiments),
    ...hitsOf(session, experiments, lab),
    look: lookOf(session, experiments, happenings.broken, lab),
    failed,
    pace,
    machine,
    timeline: timelineOf(session, experiments, happenings),
    next: nextOf({ ...known, families, pace, machine }),
    reproduce: reproduceOf({ ...known, lab, folder }),
    commands: commandsOf({ ...known, lab, folder }),
  };
}
