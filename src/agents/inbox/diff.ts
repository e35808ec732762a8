/**
 * Unified diffs as agents write them: read, and applied to text. Pure.
 *
 * Promises: a hunk is applied only where all of its old lines stand (at the place it names, else at the nearest one),
 * and what is not understood is refused with the line: renames, copies, binary patches, changed modes. We do not call
 * `git apply`, because in a subfolder of a repository it leaves out paths without a word.
 */

export interface Hunk {
  /** First old line it names, counted from 1; 0 in an empty file. */
  readonly start: number;
  readonly header: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** The last new line has no line feed after it; undefined: the diff does not say. */
  readonly openEnd: boolean;
}

export interface FileDiff {
  readonly path: string;
  readonly kind: "change" | "create" | "delete";
  readonly hunks: readonly Hunk[];
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** Lines between files that say nothing we need. */
const IGNORED = /^(diff --git |index [0-9a-f]+\.\.|new file mode 100644$|deleted file mode 100(644|755)$|\s*$)/;
const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** The files of a diff, in order. Paths are relative to the lab folder; `a/` and `b/` in front are taken off. */
export function parseDiff(text: string): Parsed<readonly FileDiff[]> {
  const lines = text.replace(/\n$/, "").split("\n");
  const files: FileDiff[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i] ?? "";
    if (!line.startsWith("--- ")) {
      if (IGNORED.test(line)) i += 1;
      else return no(i, `expected "--- a/file", found "${line.slice(0, 80)}"`);
      continue;
    }
    const file = parseFile(lines, i);
    if (!file.ok) return file;
    files.push(file.value.diff);
    i = file.value.next;
  }
  const twice = files.find((f, at) => files.findIndex((g) => g.path === f.path) !== at);
  if (twice !== undefined) return { ok: false, why: `the diff has ${twice.path} twice` };
  return files.length > 0 ? { ok: true, value: files } : { ok: false, why: "the diff has no file in it" };
}

function parseFile(lines: readonly string[], at: number): Parsed<{ diff: FileDiff; next: number }> {
  const from = nameIn(lines[at], "--- ", "a/");
  const to = nameIn(lines[at + 1], "+++ ", "b/");
  if (to === undefined || from === undefined) return no(at + 1, 'expected "+++ b/file" after "--- a/file"');
  const kind = from === "/dev/null" ? "create" : to === "/dev/null" ? "delete" : "change";
  if (kind === "change" && from !== to) return no(at, `a file cannot be renamed by a diff (${from} → ${to})`);
  const path = kind === "create" ? to : from;
  if (path === "/dev/null") return no(at, "both names are /dev/null");
  const hunks: Hunk[] = [];
  let i = at + 2;
  while (i < lines.length && lines[i]?.startsWith("@@")) {
    const hunk = parseHunk(lines, i);
    if (!hunk.ok) return hunk;
    hunks.push(hunk.value.hunk);
    i = hunk.value.next;
  }
  if (hunks.length === 0) return no(i, `${path}: expected a hunk ("@@ -1,3 +1,3 @@")`);
  return { ok: true, value: { diff: { path, kind, hunks }, next: i } };
}

function nameIn(line: string | undefined, head: string, prefix: string): string | undefined {
  if (line === undefined || !line.startsWith(head)) return undefined;
  // What follows a tab is a time.
  const name = line.slice(head.length).split("\t")[0]?.trimEnd() ?? "";
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function parseHunk(lines: readonly string[], at: number): Parsed<{ hunk: Hunk; next: number }> {
  const match = HUNK.exec(lines[at] ?? "");
  if (match === null) return no(at, `expected "@@ -1,3 +1,3 @@", found "${lines[at]?.slice(0, 80)}"`);
  const [header, start = "0", oldCount = "1", , newCount = "1"] = match;
  const wanted = { before: Number(oldCount), after: Number(newCount) };
  const before: string[] = [];
  const after: string[] = [];
  let openEnd = false;
  let i = at + 1;
  for (; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (line.startsWith("\\")) {
      // It speaks of the line in front of it; of an old line it says nothing about the new text.
      if (!lines[i - 1]?.startsWith("-")) openEnd = true;
      continue;
    }
    if (before.length >= wanted.before && after.length >= wanted.after) break;
    // Mail programs and models drop the one blank of an empty context line.
    const mark = line === "" || line === "\r" ? " " : line[0];
    const rest = line === "" || line === "\r" ? line : line.slice(1);
    if (mark !== " " && mark !== "-" && mark !== "+") break;
    if (mark !== "+") before.push(rest);
    if (mark !== "-") after.push(rest);
  }
  if (before.length !== wanted.before || after.length !== wanted.after) {
    const found = `${before.length} old and ${after.length} new lines`;
    return no(at, `${header} names ${wanted.before} old and ${wanted.after} new lines, found ${found}`);
  }
  return { ok: true, value: { hunk: { start: Number(start), header, before, after, openEnd }, next: i } };
}

/** The new text of a file; `old` is "" for one that is made. */
export function applyDiff(old: string, diff: FileDiff): Parsed<string> {
  const closed = old === "" || old.endsWith("\n");
  const lines = old === "" ? [] : (closed ? old.slice(0, -1) : old).split("\n");
  const out: string[] = [];
  let done = 0;
  let shift = 0;
  let openEnd = !closed;
  for (const hunk of diff.hunks) {
    // A hunk without old lines stands after the line it names.
    const named = hunk.before.length === 0 ? hunk.start : hunk.start - 1;
    const at = placeOf(lines, hunk, named + shift, done);
    if (at === undefined) {
      const first = hunk.before.find((l) => l.trim() !== "") ?? "";
      return {
        ok: false,
        why: `${diff.path}: the old lines of ${hunk.header} are not there ("${first.slice(0, 80)}")`,
      };
    }
    shift = at - named;
    out.push(...lines.slice(done, at), ...hunk.after);
    done = at + hunk.before.length;
    if (done === lines.length) openEnd = hunk.openEnd;
  }
  out.push(...lines.slice(done));
  return { ok: true, value: out.length === 0 ? "" : out.join("\n") + (openEnd ? "" : "\n") };
}

/** Where the old lines stand, at or after `from`: the nearest place to the one that is named. */
function placeOf(lines: readonly string[], hunk: Hunk, named: number, from: number): number | undefined {
  const { before } = hunk;
  const last = lines.length - before.length;
  const fits = (at: number) => at >= from && at <= last && before.every((line, k) => lines[at + k] === line);
  for (let away = 0; away <= Math.max(lines.length, Math.abs(named)); away++) {
    if (fits(named - away)) return named - away;
    if (fits(named + away)) return named + away;
  }
  return undefined;
}

function no(line: number, why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why: `line ${line + 1} of the diff: ${why}` };
}
