/**
 * What the terminal view shows, as a value, and what each key makes of it. Pure: nothing here writes anything, so no
 * key can change a session.
 */
import type { VerdictKind } from "../../experiment.ts";

export const TABS = ["experiment", "diff", "log", "metrics", "why"] as const;
export type Tab = (typeof TABS)[number];

export interface ViewState {
  /** Index in the filtered list; beyond its end: the last one. */
  readonly cursor: number;
  /** Stays on the newest experiment as new ones come. */
  readonly follow: boolean;
  readonly verdict?: VerdictKind | "open" | undefined;
  readonly search: string;
  /** The search while it is being typed. */
  readonly typing?: string | undefined;
  readonly tab: Tab;
  /** Where arrows go. */
  readonly focus: "list" | "pane";
  /** First line of the pane; undefined: its natural place, the end of a log, the start of all else. */
  readonly scroll?: number | undefined;
}

export const START: ViewState = { cursor: 0, follow: true, search: "", tab: "experiment", focus: "list" };

/** What a key is measured against. */
export interface Room {
  /** Length of the filtered list. */
  readonly total: number;
  readonly listRows: number;
  readonly paneRows: number;
  /** Lines that the pane's tab has. */
  readonly paneLines: number;
}

export interface Press {
  readonly input: string;
  readonly up?: boolean;
  readonly down?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly enter?: boolean;
  readonly escape?: boolean;
  readonly tab?: boolean;
  readonly shift?: boolean;
  readonly erase?: boolean;
}

const VERDICTS = [undefined, "keep", "discard", "crash", "open"] as const;

/** The view after a key; "leave" ends it, and only it. */
export function press(state: ViewState, key: Press, room: Room): ViewState | "leave" {
  if (state.typing !== undefined) return typeSearch(state, state.typing, key);
  if (key.input === "q") return "leave";
  if (key.enter) return { ...state, focus: state.focus === "list" ? "pane" : "list" };
  if (key.escape) return back(state);
  if (key.input === "/") return { ...state, typing: state.search };
  if (key.input === "v") {
    const verdict = VERDICTS[(VERDICTS.indexOf(state.verdict) + 1) % VERDICTS.length];
    return { ...state, verdict, cursor: 0, follow: true, scroll: undefined };
  }
  const tab = tabAfter(state.tab, key);
  if (tab !== undefined) return { ...state, tab, scroll: undefined };
  return state.focus === "list" ? moveCursor(state, key, room) : moveScroll(state, key, room);
}

/** First out of the pane, then out of the filter. */
function back(state: ViewState): ViewState {
  if (state.focus === "pane") return { ...state, focus: "list" };
  return { ...state, search: "", verdict: undefined, cursor: 0, follow: true, scroll: undefined };
}

function typeSearch(state: ViewState, typing: string, key: Press): ViewState {
  if (key.escape) return { ...state, typing: undefined };
  if (key.enter) return { ...state, typing: undefined, search: typing, cursor: 0, follow: true, scroll: undefined };
  if (key.erase) return { ...state, typing: typing.slice(0, -1) };
  const words = key.input.replace(/[\u0000-\u001f\u007f]/g, "");
  return { ...state, typing: (typing + words).slice(0, 60) };
}

function tabAfter(tab: Tab, key: Press): Tab | undefined {
  const by = key.tab ? (key.shift ? -1 : 1) : 0;
  if (by !== 0) return TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length];
  return /^[1-5]$/.test(key.input) ? TABS[Number(key.input) - 1] : undefined;
}

function moveCursor(state: ViewState, key: Press, { total, listRows }: Room): ViewState {
  const last = Math.max(0, total - 1);
  const to = target(Math.min(state.cursor, last), key, { last, page: listRows });
  return to === undefined ? state : { ...state, cursor: to, follow: to === last, scroll: undefined };
}

function moveScroll(state: ViewState, key: Press, { paneRows, paneLines }: Room): ViewState {
  const last = Math.max(0, paneLines - paneRows);
  const to = target(scrollOf(state, { paneRows, paneLines }), key, { last, page: paneRows });
  // At its end a log is followed again.
  return to === undefined ? state : { ...state, scroll: state.tab === "log" && to === last ? undefined : to };
}

/** First visible line of the pane. */
export function scrollOf(state: ViewState, { paneRows, paneLines }: Pick<Room, "paneRows" | "paneLines">): number {
  const last = Math.max(0, paneLines - paneRows);
  return Math.min(last, state.scroll ?? (state.tab === "log" ? last : 0));
}

function target(at: number, key: Press, { last, page }: { last: number; page: number }): number | undefined {
  const clamp = (n: number) => Math.min(last, Math.max(0, n));
  if (key.up || key.input === "k") return clamp(at - 1);
  if (key.down || key.input === "j") return clamp(at + 1);
  if (key.pageUp) return clamp(at - page);
  if (key.pageDown || key.input === " ") return clamp(at + page);
  if (key.home || key.input === "g") return 0;
  return key.end || key.input === "G" ? last : undefined;
}
