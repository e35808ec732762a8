/**
 * Untrusted text made harmless for a terminal, a commit message or a table: control characters out, length bounded.
 * Escaping for markup is the concern of whatever writes markup.
 */

// ANSI escape sequences (CSI, OSC, and single-character ones), then whatever control characters are left.
const ESCAPES = /\u001b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|[@-_])/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text on several lines without escapes or control characters, at most `limit` characters. */
export function plainText(text: string, limit: number): string {
  const clean = text
    .slice(0, limit * 4 + 4096)
    .replace(ESCAPES, "")
    .replace(/\r\n?/g, "\n")
    .replace(CONTROLS, "");
  return clip(clean.trim(), limit);
}

/** The same on one line. */
export function oneLine(text: string, limit: number): string {
  return clip(plainText(text, limit * 2 + 64).replace(/\s+/g, " "), limit);
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 1))}…`;
}

/** The last `limit` characters, from the start of a line where one is near. */
export function tail(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(-limit);
  const newline = cut.indexOf("\n");
  return newline >= 0 && newline < limit / 2 ? cut.slice(newline + 1) : cut;
}
