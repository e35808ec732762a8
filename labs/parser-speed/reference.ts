/**
 * Frozen: the slow reference, by regular expressions on what is left of the text, written another way than parser.ts.
 * What it answers is right by definition.
 */
import { errorAsText, recordsAsText } from "./answers.ts";

const FIELD = /"((?:[^"]|"")*)"(?!")|([^",\r\n]*)/y;
const LINE_END = /\r?\n/y;

/** The answer to an input: its records, or its error with the offset in bytes. */
export function referenceAnswer(input: Uint8Array): string {
  const text = Buffer.from(input).toString("utf8");
  const answer = read(text);
  if (typeof answer !== "number") return recordsAsText(answer);
  return errorAsText(Buffer.byteLength(text.slice(0, answer)));
}

/** The records, or the place of the first letter that cannot be. */
function read(text: string): readonly (readonly string[])[] | number {
  const records: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: string[] = [];
    for (;;) {
      const [whole, quoted, plain = ""] = matchAt(FIELD, text, at) ?? [""];
      // A quote that begins a field and never ends: the expression then matches an empty field without quotes.
      record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      at += whole.length;
      if (text[at] !== ",") break;
      at += 1;
    }
    records.push(record);
    if (at === text.length) break;
    const end = matchAt(LINE_END, text, at);
    if (end === null) return at;
    at += end[0].length;
  }
  return records;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
