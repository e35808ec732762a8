/** What the progress plot shows, in words, for those who do not see it. Pure. */
import { type Experiment, meanMetric } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";
import type { Summary } from "../summary.ts";
import { number, plural } from "../util/format.ts";
import { words } from "./listed.ts";
import type { PlotFacts } from "./shape.ts";

export function plotFacts(session: Session, s: Summary, experiments: readonly Experiment[]): PlotFacts {
  const judged = experiments.filter((e) => e.verdict !== undefined);
  const metric = words(session.metric.name, 60);
  const silent = judged.filter((e) => meanMetric(e) === undefined).length;
  const parts = [
    `Progress of ${metric}, ${session.metric.goal === "minimize" ? "lower" : "higher"} is better`,
    `${plural(s.experiments, "experiment")}: ${s.kept} kept, of these ${s.kept - s.confirmed} not confirmed`,
    `${s.discarded} discarded, ${s.crashed} crashed, ${silent} without a number on the lower edge`,
    s.best === undefined
      ? "nothing was measured"
      : `running best from ${number(s.baseline)} to ${number(s.best)} as seen`,
    s.noise === undefined ? "noise unknown" : `noise band of ±${number(Number(s.noise.toPrecision(2)))}`,
  ];
  return { alt: `${parts.join("; ")}.`, points: judged.length, noise: s.noise };
}
