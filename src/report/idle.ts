/**
 * Where the time went in which no run was on: each stretch between two events is charged to what was waited for, by the
 * monotonic clock of the sitting. Pure, one event after the other.
 *
 * A run's own share is what the runner measured of it; the rest of the time between asking for it and its end was queue
 * and start. Time between sittings is taken from the machine's clock. Not covered: what ran beside what, when several
 * runs are on at once; that is not idle.
 */
import type { Entry, SessionEvent } from "../ledger/events.ts";
import type { IdleCause } from "./shape.ts";

export interface IdleWatch {
  readonly seconds: Readonly<Partial<Record<IdleCause, number>>>;
  /** Seconds in which at least one run was on, by the runner's measure. */
  readonly busy: number;
  /** Clock of the event before, in milliseconds, and its ISO time. */
  readonly clock: number;
  readonly at: string;
  /** Runs that were asked for and have not ended, with the clock at which they were. */
  readonly runs: ReadonlyMap<string, number>;
  /** What is being waited for by itself. */
  readonly waiting?: IdleCause | undefined;
  readonly begun: boolean;
}

export const NO_WATCH: IdleWatch = { seconds: {}, busy: 0, clock: 0, at: "", runs: new Map(), begun: false };

/** The watch after one more entry. */
export function idleAfter(watch: IdleWatch, { event, clock, at }: Entry): IdleWatch {
  if (event.type === "session-started") return { ...watch, at, clock };
  if (event.type === "sitting-started") return afterSittingStart(watch, clock, at);
  const seconds = Math.max(0, clock - watch.clock) / 1000;
  const moved = { ...watch, clock, at, waiting: waitingAfter(event) };
  const charged = watch.runs.size > 0 ? moved : charge(moved, watch.waiting ?? causeOf(event), seconds);
  if (event.type === "run-asked") {
    return { ...charged, runs: new Map([...watch.runs, [nameOf(event), clock]]) };
  }
  return event.type === "run-ended" ? afterRun(charged, watch, event) : charged;
}

function afterSittingStart(watch: IdleWatch, clock: number, at: string): IdleWatch {
  const away = watch.begun ? Math.max(0, Date.parse(at) - Date.parse(watch.at)) / 1000 : 0;
  // Runs that outlived their harness are met again at the new clock.
  const runs = new Map([...watch.runs.keys()].map((name) => [name, clock] as const));
  const next = { ...watch, clock, at, runs, waiting: undefined, begun: true };
  return Number.isFinite(away) ? charge(next, "not running (stopped or crashed)", away) : next;
}

function afterRun(watch: IdleWatch, before: IdleWatch, event: Extract<SessionEvent, { type: "run-ended" }>): IdleWatch {
  const name = nameOf(event);
  const asked = before.runs.get(name);
  const runs = new Map([...before.runs].filter(([other]) => other !== name));
  if (asked === undefined) return { ...watch, runs };
  const span = Math.max(0, watch.clock - asked) / 1000;
  const own = Math.min(span, event.resources.wallSeconds);
  const queued = before.runs.size === 1 ? span - own : 0;
  return charge({ ...watch, runs, busy: watch.busy + own }, "queue and start", queued);
}

function nameOf(event: { readonly experiment: number; readonly run: number }): string {
  return `${event.experiment}/${event.run}`;
}

function charge(watch: IdleWatch, cause: IdleCause, seconds: number): IdleWatch {
  if (seconds === 0) return watch;
  return { ...watch, seconds: { ...watch.seconds, [cause]: (watch.seconds[cause] ?? 0) + seconds } };
}

/** What the time before an event was spent on. */
function causeOf(event: SessionEvent): IdleCause {
  switch (event.type) {
    case "proposed":
    case "turn-ended":
      return "agent thinking";
    case "gated":
      return "gates";
    case "measured":
      return "evaluation";
    default:
      return "harness";
  }
}

/** What the time after an event is spent on, whatever ends it. */
function waitingAfter(event: SessionEvent): IdleCause | undefined {
  if (event.type === "paused") return "pause after failures";
  if (event.type === "turn-ended" && event.kind === "rateLimited" && event.elsewhere !== true) return "rate limit";
  return undefined;
}

/** Causes with their seconds, the longest first; what is under a tenth of a second is nothing. */
export function idleRows(watch: IdleWatch): readonly { readonly cause: IdleCause; readonly seconds: number }[] {
  const rows = Object.entries(watch.seconds) as [IdleCause, number][];
  return rows
    .filter(([, seconds]) => seconds >= 0.1)
    .map(([cause, seconds]) => ({ cause, seconds }))
    .sort((a, b) => b.seconds - a.seconds);
}
