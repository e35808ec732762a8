/** Bounded lists and texts: what keeps a report small when a session is large. */
import { oneLine } from "../util/text.ts";
import type { Listed } from "./shape.ts";

/** The first `most` of the rows, and the count of the others. */
export function listed<T>(rows: readonly T[], most: number): Listed<T> {
  return { rows: rows.slice(0, most), leftOut: Math.max(0, rows.length - most) };
}

/** An agent's words as the report says them: one line, no control characters, no invisible ones. */
export function words(text: string | undefined, limit = 200): string {
  return oneLine(
    (text ?? "").replace(/[\u00ad\u061c\u180e\u200b-\u200d\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/gu, ""),
    limit,
  );
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
