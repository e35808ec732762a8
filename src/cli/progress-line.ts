/**
 * The one line that says how a session is doing, always in the same order; what is not known is left out. Pure.
 */
import { type Experiment, meanMetric, type Run } from "../experiment.ts";
import { type Session, workedMs } from "../ledger/session.ts";
import { clock, experimentName, number } from "../util/format.ts";
import { oneLine } from "../util/text.ts";

export interface ProgressInput {
  readonly session: Session;
  /** The open experiment; undefined between two. */
  readonly experiment?: Experiment | undefined;
  readonly champion?: Experiment | undefined;
  readonly baseline?: Experiment | undefined;
  /** What is going on, in a word, and for how many seconds. */
  readonly phase: string;
  readonly phaseSeconds: number;
  readonly budgetSeconds: number;
  /** Seconds of run time so far, for the share of the time in which something ran. */
  readonly runSeconds: number;
  /** Percent, of the run that is on; undefined without a GPU. */
  readonly gpuUse?: number | undefined;
  /** Milliseconds since the last event, which the ledger cannot know. */
  readonly sinceEventMs: number;
}

/**
 * `● e0042 train 3:12/5:00 │ best 0.9741 ▼2.38% (confirmed) │ 41 runs · 7 keep · 2 crash │ duty 97% │ 6:14 left │ next:
 * …`
 */
export function progressLine(input: ProgressInput): string {
  const { session, phase } = input;
  const parts = [
    `● ${experimentName(input.experiment?.number ?? Math.max(0, session.lastExperiment))} ${phase} ${elapsed(input)}`,
    best(input),
    counts(session),
    money(session),
    duty(input),
    input.gpuUse === undefined ? undefined : `GPU ${input.gpuUse}%`,
    left(input),
    input.experiment?.proposal === undefined ? undefined : `now: ${oneLine(input.experiment.proposal.hypothesis, 60)}`,
  ];
  return parts.filter((part) => part !== undefined).join(" │ ");
}

function elapsed(input: ProgressInput): string {
  const budget = input.phase === "train" ? `/${clock(input.budgetSeconds)}` : "";
  return `${clock(input.phaseSeconds)}${budget}`;
}

function best(input: ProgressInput): string | undefined {
  const { champion, baseline } = input;
  const now = champion === undefined ? undefined : meanMetric(champion);
  if (now === undefined || champion === undefined) return undefined;
  if (champion.number === 0) return `best ${number(now)} (baseline)`;
  const from = baseline === undefined ? undefined : meanMetric(baseline);
  const change = from === undefined || from === 0 ? undefined : (100 * (now - from)) / Math.abs(from);
  const arrow = change === undefined ? "" : ` ${change < 0 ? "▼" : "▲"}${Math.abs(change).toFixed(2)}%`;
  return `best ${number(now)}${arrow} (${champion.verdict?.label ?? "kept"})`;
}

function counts(session: Session): string {
  const { runs, keep, crash } = session.counts;
  // The baseline's keep is no progress and is not counted as one.
  const kept = Math.max(0, keep - (session.lastExperiment >= 0 && keep > 0 ? 1 : 0));
  return `${runs} runs · ${kept} keep · ${crash} crash`;
}

function money(session: Session): string | undefined {
  return session.usage.dollars === undefined ? undefined : `$${session.usage.dollars.toFixed(2)}`;
}

function duty(input: ProgressInput): string | undefined {
  const worked = (workedMs(input.session) + input.sinceEventMs) / 1000;
  if (worked < 1) return undefined;
  const running = input.runSeconds + (input.phase === "train" ? input.phaseSeconds : 0);
  return `duty ${Math.min(100, Math.round((100 * running) / worked))}%`;
}

function left(input: ProgressInput): string | undefined {
  const { session } = input;
  const { experiments, seconds } = session.limits;
  const worked = (workedMs(session) + input.sinceEventMs) / 1000;
  const byTime = seconds === undefined ? undefined : seconds - worked;
  const done = session.lastExperiment;
  const each = done > 0 ? worked / (done + 1) : undefined;
  const byCount = experiments === undefined || each === undefined ? undefined : (experiments - done + 0.5) * each;
  const known = [byTime, byCount].filter((x): x is number => x !== undefined);
  return known.length === 0 ? undefined : `${clock(Math.min(...known))} left`;
}

/** What a run is called while it is on. */
export function phaseOfRun(run: Run): string {
  return run.outcome === undefined ? "train" : "evaluate";
}
