/**
 * Quoting of text that nobody vouches for: in a fence longer than any in it, so that it cannot end its own quotation,
 * and within a share of the whole, with a word on what was cut.
 */
import { plainText } from "../util/text.ts";

/** Markdown's fence around untrusted text, in tildes; inside it nothing is markup. */
export function quoted(text: string): string {
  // A line that begins with at least as many tildes would end the fence; any run counts, to be on the safe side.
  const longest = (text.match(/~+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = "~".repeat(Math.max(4, longest + 1));
  return `${fence} untrusted data\n${text}\n${fence}`;
}

/** Lines as far as they fit into `limit` characters; the last line then says how many more there are. */
export function within(lines: readonly string[], limit: number): string {
  const fit: string[] = [];
  let size = 40;
  for (const line of lines) {
    size += line.length + 1;
    if (size > limit) break;
    fit.push(line);
  }
  const left = lines.length - fit.length;
  return left === 0 ? fit.join("\n") : [...fit, `(cut: ${left} more)`].join("\n");
}

/** The beginning of a text, with a word on what was cut. */
export function beginning(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, Math.max(0, limit - 70));
  const isOpen = (kept.match(/^```/gm) ?? []).length % 2 === 1;
  return `${kept}${isOpen ? "\n```" : ""}\n\n(cut: ${text.length - kept.length} more characters)`;
}

/** The end of a log, cleaned; the beginning is cut, and that is said. */
export function ending(log: string, limit: number): string {
  const clean = plainText(log, log.length);
  if (clean.length <= limit) return clean;
  const kept = clean.slice(-(limit - 60));
  return `(cut: ${clean.length - kept.length} characters before this)\n${kept}`;
}
