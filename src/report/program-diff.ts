/** A unified diff that puts lines at the end of a text; what `git apply` and `patch -p1` take. Pure. */

const CONTEXT = 3;

/** `file` is its name relative to where the diff is applied. The text keeps its own line ends. */
export function diffAtEnd(file: string, text: string, added: readonly string[]): string {
  const ending = text.includes("\r\n") ? "\r\n" : "\n";
  const isClosed = text.endsWith("\n");
  const old = text === "" ? [] : (isClosed ? text.slice(0, -1) : text).split("\n");
  const context = old.slice(-CONTEXT);
  const from = old.length - context.length + 1;
  const fresh = added.map((line) => `+${line}${ending}`);
  const last = context.at(-1);
  // A last line without its end has to be taken out and put back with one.
  const kept = isClosed || last === undefined ? context : context.slice(0, -1);
  const closing = isClosed || last === undefined ? "" : `-${last}\n\\ No newline at end of file\n+${last}${ending}`;
  const counts = `@@ -${old.length === 0 ? 0 : from},${context.length} +${from},${context.length + added.length} @@`;
  const around = kept.map((line) => ` ${line}\n`);
  return [`--- a/${file}\n+++ b/${file}\n${counts}\n`, ...around, closing, ...fresh].join("");
}
