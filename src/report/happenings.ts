/**
 * One pass over a session's events for all that the folded state does not hold: idle time, integrity events by name,
 * notes, versions of the program, moments of the night. Memory is bounded but for one small moment per keep.
 */
import type { Entry, SessionEvent } from "../ledger/events.ts";
import { experimentName } from "../util/format.ts";
import { afterWords } from "./after-words.ts";
import { type IdleWatch, idleAfter, NO_WATCH } from "./idle.ts";
import { words } from "./listed.ts";
import type { Moment } from "./shape.ts";

export interface Happenings {
  readonly watch: IdleWatch;
  /** Integrity events by name. */
  readonly integrity: ReadonlyMap<string, number>;
  /** Names of the integrity events of an experiment, for the first thousand such experiments. */
  readonly broken: ReadonlyMap<number, readonly string[]>;
  /** What was noted by the harness, by name. */
  readonly noted: ReadonlyMap<string, number>;
  readonly programs: readonly { readonly hash: string; readonly at: string; readonly from: number }[];
  readonly versions: readonly string[];
  readonly sittings: number;
  readonly rateLimits: number;
  readonly moments: readonly Candidate[];
  /** Moments that were not even remembered. */
  readonly forgotten: number;
}

/** `weight`: the heavier stays when there are too many. */
export interface Candidate extends Moment {
  readonly weight: number;
}

const MOST_BROKEN = 1000;
const MOST_MOMENTS = 50_000;
const MOST_PROGRAMS = 200;

/** Reads the entries once. `hypothesis` gives the words of an experiment. */
export function happeningsOf(entries: Iterable<Entry>, hypothesis: (n: number) => string): Happenings {
  const state = {
    watch: NO_WATCH,
    integrity: new Map<string, number>(),
    broken: new Map<number, string[]>(),
    noted: new Map<string, number>(),
    programs: [] as { hash: string; at: string; from: number }[],
    versions: [] as string[],
    sittings: 0,
    rateLimits: 0,
    moments: [] as Candidate[],
    forgotten: 0,
    lastExperiment: 0,
  };
  for (const entry of entries) {
    state.watch = idleAfter(state.watch, entry);
    take(state, entry);
    const moment = momentOf(entry, hypothesis, state);
    if (moment === undefined) continue;
    if (state.moments.length < MOST_MOMENTS) state.moments.push(moment);
    else state.forgotten += 1;
  }
  return state;
}

interface Taking {
  readonly integrity: Map<string, number>;
  readonly broken: Map<number, string[]>;
  readonly noted: Map<string, number>;
  readonly programs: { hash: string; at: string; from: number }[];
  readonly versions: string[];
  sittings: number;
  rateLimits: number;
  lastExperiment: number;
}

function take(state: Taking, { event, at }: Entry): void {
  if (event.type === "session-started") {
    state.versions.push(words(event.version, 40));
    state.programs.push({ hash: event.program.hash, at, from: 0 });
  } else if (event.type === "sitting-started") state.sittings += 1;
  else if (event.type === "experiment-opened") state.lastExperiment = event.experiment;
  else if (event.type === "program-changed" && state.programs.length < MOST_PROGRAMS) {
    state.programs.push({ hash: event.hash, at, from: state.lastExperiment + 1 });
  } else if (event.type === "turn-ended" && event.kind === "rateLimited") state.rateLimits += 1;
  else if (event.type === "noted") count(state.noted, words(event.what, 80));
  else if (event.type === "integrity") takeIntegrity(state, event);
}

function takeIntegrity(state: Taking, event: Extract<SessionEvent, { type: "integrity" }>): void {
  const what = words(event.what, 80);
  count(state.integrity, what);
  if (event.experiment === undefined) return;
  const names = state.broken.get(event.experiment);
  if (names === undefined && state.broken.size < MOST_BROKEN) state.broken.set(event.experiment, [what]);
  else if (names !== undefined && names.length < 5 && !names.includes(what)) names.push(what);
}

/** At most 200 names: some of them come from outside. */
function count(map: Map<string, number>, name: string): void {
  if (map.has(name) || map.size < 200) map.set(name, (map.get(name) ?? 0) + 1);
}

type Told = { readonly sittings: number; readonly rateLimits: number; readonly forgotten: number };

function momentOf({ event, at }: Entry, hypothesis: (n: number) => string, told: Told): Candidate | undefined {
  switch (event.type) {
    case "sitting-started": {
      const first = told.sittings === 1;
      const text = first
        ? `started with the agent ${words(event.agent, 80)}`
        : `taken up again, sitting ${told.sittings}`;
      return { at, what: "start", text, weight: first ? 100 : 6 };
    }
    case "judged":
      return keptMoment(event, at, hypothesis);
    case "imported":
      return event.closedAt === undefined ? undefined : keptMoment(event, event.closedAt, hypothesis);
    case "turn-ended": {
      if (event.kind !== "rateLimited") return undefined;
      const until = event.until === undefined ? "" : ` until ${event.until}`;
      return { at, what: "wait", text: `the agent is rate-limited${until}`, weight: told.rateLimits === 1 ? 8 : 3 };
    }
    case "paused":
      return { at, what: "wait", text: `pause after failures: ${words(event.detail)}`, weight: 7 };
    case "note":
      return { at, what: "word", text: `you said: ${words(event.text)}`, weight: 9 };
    case "program-changed":
      return { at, what: "program", text: `program.md changed to ${event.hash.slice(0, 7)}`, weight: 9 };
    case "program-refused":
      return { at, what: "program", text: `an edited program.md was refused: ${words(event.problems[0])}`, weight: 9 };
    case "integrity":
      return {
        at,
        what: "integrity",
        text: words(`${where(event.experiment)}${event.what}: ${event.detail}`),
        weight: 8,
      };
    case "noted":
      return { at, what: "note", text: words(`${where(event.experiment)}${event.what}: ${event.detail}`), weight: 2 };
    case "confirmed":
      return {
        at,
        what: "keep",
        text: `fresh runs of the baseline and ${experimentName(event.experiment)}`,
        weight: 20,
      };
    case "finalized":
    case "ablated":
    case "promoted":
      return { at, what: "note", text: words(afterWords(event), 600), weight: 60 };
    case "session-ended":
      return { at, what: "end", text: words(`ended: ${event.why}: ${event.detail}`), weight: 50 };
    default:
      return undefined;
  }
}

function where(experiment: number | undefined): string {
  return experiment === undefined ? "" : `${experimentName(experiment)}: `;
}

function keptMoment(
  { experiment, verdict }: Extract<SessionEvent, { type: "judged" | "imported" }>,
  at: string,
  hypothesis: (n: number) => string,
): Candidate | undefined {
  if (verdict.kind !== "keep") return undefined;
  if (experiment === 0) return { at, what: "start", text: "the baseline is measured", weight: 90 };
  const label = verdict.label === undefined ? "kept" : `kept, ${verdict.label}`;
  const text = `${experimentName(experiment)} ${label}: ${hypothesis(experiment)}`;
  return { at, what: "keep", text, weight: 5 + Math.min(1, Math.max(0, (verdict.numbers.z ?? 0) / 99)) };
}
