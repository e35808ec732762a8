/**
 * What the page takes from a session's events, one after the other: idle time, versions of the program, integrity
 * events, words of the person. Bounded: of what may come without end the latest stay, and the counts of all.
 */
import type { Entry } from "../../ledger/events.ts";
import { afterWords } from "../../report/after-words.ts";
import { type Happenings, happeningsOf } from "../../report/happenings.ts";
import { type IdleWatch, idleAfter, NO_WATCH } from "../../report/idle.ts";
import { words } from "../../report/listed.ts";

export interface ProgramVersion {
  readonly hash: string;
  readonly at: string;
  readonly text: string;
  /** The first experiment that was opened under it. */
  readonly from: number;
}

export interface Happened {
  readonly at: string;
  readonly kind: "integrity" | "noted" | "note" | "program refused" | "after the night";
  readonly experiment?: number | undefined;
  readonly what: string;
  readonly detail: string;
}

export interface Night {
  /** Of the last event that was taken in; 0 before the first. */
  readonly seq: number;
  readonly at: string;
  readonly watch: IdleWatch;
  readonly sittings: number;
  readonly opened: number;
  readonly programs: readonly ProgramVersion[];
  readonly integrity: ReadonlyMap<string, number>;
  readonly happened: readonly Happened[];
}

export const NO_NIGHT: Night = {
  seq: 0,
  at: "",
  watch: NO_WATCH,
  sittings: 0,
  opened: -1,
  programs: [],
  integrity: new Map(),
  happened: [],
};

const MOST_HAPPENED = 200;
const MOST_PROGRAMS = 100;

/** The night after one more entry. */
export function nightAfter(night: Night, entry: Entry): Night {
  const { event, at, seq } = entry;
  const next = { ...night, seq, at, watch: idleAfter(night.watch, entry) };
  switch (event.type) {
    case "session-started":
      return { ...next, programs: [{ ...event.program, at, from: 0 }] };
    case "program-changed": {
      const version = { hash: event.hash, text: event.text, at, from: night.opened + 1 };
      return { ...next, programs: [...night.programs, version].slice(-MOST_PROGRAMS) };
    }
    case "program-refused":
      return told(next, { at, kind: "program refused", what: "program.md", detail: event.problems.join("; ") });
    case "sitting-started":
      return { ...next, sittings: night.sittings + 1 };
    case "experiment-opened":
      return { ...next, opened: event.experiment };
    case "integrity": {
      const { what, detail, experiment } = event;
      return told(
        { ...next, integrity: counted(night.integrity, what) },
        { at, kind: event.type, what, detail, experiment },
      );
    }
    case "noted":
      return told(next, { at, kind: event.type, what: event.what, detail: event.detail, experiment: event.experiment });
    case "finalized":
    case "ablated":
    case "promoted":
      return told(next, { at, kind: "after the night", what: event.type, detail: afterWords(event) });
    case "note":
      return told(next, { at, kind: event.type, what: "your note", detail: event.text });
    default:
      return next;
  }
}

function told(night: Night, h: Happened): Night {
  const clean = { ...h, what: words(h.what, 120), detail: words(h.detail, 600) };
  return { ...night, happened: [...night.happened, clean].slice(-MOST_HAPPENED) };
}

function counted(counts: ReadonlyMap<string, number>, what: string): ReadonlyMap<string, number> {
  const name = words(what, 120);
  return counts.size < 100 || counts.has(name) ? new Map([...counts, [name, (counts.get(name) ?? 0) + 1]]) : counts;
}

/** In the shape that the report's parts take. */
export function happenings(night: Night): Happenings {
  const { watch, sittings, integrity } = night;
  return { ...happeningsOf([], () => ""), watch, sittings, integrity };
}
