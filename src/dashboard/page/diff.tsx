/** A change as git prints it, file by file, with line numbers. The signs stay: it can be read without colour. */
import type { DiffText } from "../change.ts";

const MOST_LINES = 1200;
const MOST_WIDTH = 400;

interface DiffLine {
  readonly kind: "added" | "removed" | "same" | "head";
  readonly old?: number | undefined;
  readonly fresh?: number | undefined;
  readonly text: string;
}

interface DiffFile {
  readonly name: string;
  readonly added: number;
  readonly removed: number;
  readonly lines: readonly DiffLine[];
}

export function Diff({ diff, empty }: { readonly diff: DiffText; readonly empty: string }) {
  const lines = diff.text.split("\n");
  const files = diff.text === "" ? [] : filesOf(lines.slice(0, MOST_LINES));
  const cut = lines.length > MOST_LINES ? `${lines.length - MOST_LINES} more lines are left out` : undefined;
  const missing = [cut, diff.missing].filter((text) => text !== undefined).join("; ");
  return (
    <>
      {files.length === 0 && missing === "" ? <p class="quiet">{empty}</p> : null}
      {files.map((file) => (
        <FileDiff file={file} />
      ))}
      {missing === "" ? null : <p class="more">{missing}</p>}
    </>
  );
}

function FileDiff({ file }: { readonly file: DiffFile }) {
  return (
    <section class="file" aria-label={file.name}>
      <h3>
        <bdi>{file.name}</bdi>
        <span class="plus">+{file.added}</span> <span class="minus">−{file.removed}</span>
      </h3>
      <section class="scrolls" tabindex={0} aria-label={`Change of ${file.name}`}>
        <table class="code" role="presentation">
          <tbody>
            {file.lines.map((line) => (
              <tr class={line.kind}>
                <td class="at">{line.old ?? ""}</td>
                <td class="at">{line.fresh ?? ""}</td>
                <td class="line">{line.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** Split at git's own heads; within a hunk a line that looks like a head is text, because it carries a sign. */
function filesOf(lines: readonly string[]): readonly DiffFile[] {
  const files: { name: string; lines: DiffLine[] }[] = [];
  let at = { old: 0, fresh: 0, inside: false };
  for (const line of lines) {
    if (line.startsWith("diff --git ")) {
      files.push({ name: nameOf(line), lines: [] });
      at = { ...at, inside: false };
      continue;
    }
    const file = files.at(-1);
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (file === undefined) continue;
    if (hunk !== null) {
      at = { old: Number(hunk[1]), fresh: Number(hunk[2]), inside: true };
      file.lines.push({ kind: "head", text: clip(line) });
    } else if (at.inside) file.lines.push(codeLine(line, at));
    else if (/^(new file|deleted file|old mode|new mode|rename|Binary)/.test(line)) {
      file.lines.push({ kind: "head", text: clip(line) });
    }
  }
  return files.map((file) => ({ ...file, ...countsOf(file.lines) }));
}

function codeLine(line: string, at: { old: number; fresh: number }): DiffLine {
  const text = clip(line);
  if (line.startsWith("+")) return { kind: "added", fresh: at.fresh++, text };
  if (line.startsWith("-")) return { kind: "removed", old: at.old++, text };
  if (line.startsWith("\\")) return { kind: "head", text };
  return { kind: "same", old: at.old++, fresh: at.fresh++, text };
}

function countsOf(lines: readonly DiffLine[]) {
  const count = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind === kind).length;
  return { added: count("added"), removed: count("removed") };
}

function nameOf(line: string): string {
  return clip(/^diff --git a\/(.*) b\/\1$/.exec(line)?.[1] ?? line.slice("diff --git ".length));
}

function clip(text: string): string {
  return text.length <= MOST_WIDTH ? text : `${text.slice(0, MOST_WIDTH)}…`;
}
