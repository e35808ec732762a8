/**
 * A change that only adds lines to a file, and its unified diff as `git apply` and `patch -p1` take it. Pure.
 */

export interface Change {
  /** Relative to the lab. */
  readonly path: string;
  /** The file as it is; "": it is not there. */
  readonly before: string;
  readonly after: string;
  /** So many lines stand before what is added. */
  readonly at: number;
  readonly added: number;
}

const CONTEXT = 3;

/** Adds whole lines (each with its line feed) after line `at`; 0: at the top. */
export function insertion(path: string, before: string, at: number, text: string): Change {
  const lines = linesOf(before);
  const [head, tail] = [lines.slice(0, at), lines.slice(at)];
  return { path, before, after: [...head, ...linesOf(text), ...tail].join(""), at, added: linesOf(text).length };
}

/** The diff of one change; `prefix`: the lab's folder inside its repository, "" or ending with '/'. */
export function diffOf({ path, before, after, at, added }: Change, prefix: string): string {
  const name = `${prefix}${path}`;
  const old = linesOf(before);
  const from = Math.max(0, at - CONTEXT);
  const to = Math.min(old.length, at + CONTEXT);
  const fresh = linesOf(after).slice(at, at + added);
  const isNew = before === "";
  const start = (line: number, count: number) => `${count === 0 ? line : line + 1},${count}`;
  const head = isNew
    ? [`diff --git a/${name} b/${name}`, "new file mode 100644", "--- /dev/null", `+++ b/${name}`]
    : [`diff --git a/${name} b/${name}`, `--- a/${name}`, `+++ b/${name}`];
  const hunk = `@@ -${start(from, to - from)} +${start(from, to - from + added)} @@`;
  const body = [
    ...old.slice(from, at).map((line) => ` ${line}`),
    ...fresh.map((line) => `+${line}`),
    ...old.slice(at, to).map((line) => ` ${line}`),
  ].map((line) => (line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`));
  return `${[...head, hunk].join("\n")}\n${body.join("")}`;
}

/** Lines with their line feeds; the last one may have none. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
