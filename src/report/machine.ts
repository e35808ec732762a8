/** Cost and machine: tokens, dollars, duty, idle time by cause, memory, who yielded what, hardware. Pure. */
import { agentOf, type Experiment, type GpuFigures } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";
import { runSeconds, type Summary } from "../summary.ts";
import type { Happenings } from "./happenings.ts";
import { idleRows } from "./idle.ts";
import { listed, words } from "./listed.ts";
import type { AgentYield, Machine } from "./shape.ts";

const MOST_AGENTS = 12;
const MOST_HARDWARE = 30;

export function machineOf(
  session: Session,
  summary: Summary,
  experiments: readonly Experiment[],
  happenings: Happenings,
): Machine {
  const { usage } = session;
  return {
    inputTokens: usage.inputTokens,
    cachedTokens: usage.cachedTokens,
    outputTokens: usage.outputTokens,
    dollars: usage.dollars,
    turns: session.turns,
    unpriced: session.unpriced,
    uncounted: session.uncounted,
    duty: summary.duty,
    idle: idleRows(happenings.watch),
    runSeconds: runSeconds(experiments),
    workSeconds: summary.seconds,
    peakMemory: peakMemory(experiments),
    gpu: gpuOf(experiments),
    agents: listed(agentsOf(experiments), MOST_AGENTS),
    hardware: Object.entries(session.environment)
      .slice(0, MOST_HARDWARE)
      .map(([name, value]) => ({ name: words(name, 40), value: words(value, 160) })),
  };
}

function peakMemory(experiments: readonly Experiment[]): Machine["peakMemory"] {
  let peak: Machine["peakMemory"];
  for (const e of experiments) {
    for (const { resources } of e.runs) {
      const mb = resources?.peakMemoryMb;
      if (mb !== undefined && mb > (peak?.mb ?? 0)) peak = { mb, experiment: e.number };
    }
  }
  return peak;
}

function gpuOf(experiments: readonly Experiment[]): GpuFigures | undefined {
  const runs = experiments.flatMap((e) => e.runs.map((r) => r.resources)).filter((r) => r?.gpu !== undefined);
  if (runs.length === 0) return undefined;
  return {
    use: meanByTime(runs, (r) => r?.gpu?.use),
    peakMemoryMib: largest(runs.map((r) => r?.gpu?.peakMemoryMib)),
    meanWatts: meanByTime(runs, (r) => r?.gpu?.meanWatts),
    maxWatts: largest(runs.map((r) => r?.gpu?.maxWatts)),
  };
}

function meanByTime<R extends { readonly wallSeconds: number } | undefined>(
  runs: readonly R[],
  figure: (run: R) => number | undefined,
): number | undefined {
  const known = runs.flatMap((r) => {
    const value = figure(r);
    return value === undefined ? [] : [{ value, seconds: r?.wallSeconds ?? 0 }];
  });
  const seconds = known.reduce((sum, k) => sum + k.seconds, 0);
  return seconds === 0 ? undefined : known.reduce((sum, k) => sum + k.value * k.seconds, 0) / seconds;
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function agentsOf(experiments: readonly Experiment[]): readonly AgentYield[] {
  const yields = new Map<string, AgentYield>();
  for (const e of experiments) {
    const name = agentOf(e);
    if (e.number === 0 || name === undefined) continue;
    const before = yields.get(name) ?? { name: words(name, 60), experiments: 0, kept: 0, crashed: 0, seconds: 0 };
    if (yields.has(name) || yields.size < 1000) yields.set(name, added(before, e));
  }
  return [...yields.values()].sort((a, b) => b.kept - a.kept || b.experiments - a.experiments);
}

function added(y: AgentYield, e: Experiment): AgentYield {
  const priced = e.turns.map((t) => t.usage.dollars).filter((d): d is number => d !== undefined);
  const dollars = priced.length === 0 ? y.dollars : priced.reduce((sum, d) => sum + d, y.dollars ?? 0);
  return {
    name: y.name,
    experiments: y.experiments + 1,
    kept: y.kept + (e.verdict?.kind === "keep" ? 1 : 0),
    crashed: y.crashed + (e.verdict?.kind === "crash" ? 1 : 0),
    seconds: y.seconds + e.turns.reduce((sum, t) => sum + t.usage.seconds, 0),
    dollars,
  };
}
