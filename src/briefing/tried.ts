/**
 * Which lines were changed without success, and which pairs of near misses could be put together. Pure.
 *
 * Only a change that started from the present champion has line numbers that are those of its files; the others are
 * told apart as "of an earlier champion".
 */
import type { Tried } from "../agent/findings.ts";
import type { Commit, Experiment, Hunk } from "../experiment.ts";
import { oneLine } from "../util/text.ts";

const MAX_TRIED = 40;
/** Lines this near belong to one place. */
const NEAR = 2;

/** Places by file and line; those of the present champion first. `prefix`: the lab's folder in its repository. */
export function triedLines(past: readonly Experiment[], champion: Commit, prefix: string): readonly Tried[] {
  const failed = past.filter((e) => e.verdict !== undefined && e.verdict.kind !== "keep");
  const fromChampion = (e: Experiment) => e.proposal?.parent === champion;
  const exact = merged(failed.filter(fromChampion), prefix, true);
  const older = merged(failed.filter((e) => !fromChampion(e)).slice(-100), prefix, false);
  return [...exact.slice(0, MAX_TRIED), ...older.slice(0, Math.max(0, MAX_TRIED - exact.length))];
}

/** Places that overlap, or nearly, become one. */
function merged(experiments: readonly Experiment[], prefix: string, exact: boolean): readonly Tried[] {
  const all = experiments
    .flatMap((e) => (e.proposal?.hunks ?? []).map((hunk) => ({ hunk, experiment: e.number })))
    .sort((a, b) => compare(a.hunk, b.hunk) || a.experiment - b.experiment);
  const places: { file: string; line: number; end: number; experiments: number[] }[] = [];
  for (const { hunk, experiment } of all) {
    const last = places.at(-1);
    const end = hunk.line + Math.max(1, hunk.count);
    if (last !== undefined && last.file === hunk.file && hunk.line <= last.end + NEAR) {
      last.end = Math.max(last.end, end);
      last.experiments.push(experiment);
    } else places.push({ file: hunk.file, line: hunk.line, end, experiments: [experiment] });
  }
  return places
    .map(({ file, line, end, experiments: e }) => ({
      file: shownFile(file, prefix),
      line,
      count: end - line,
      experiments: [...new Set(e)].sort((a, b) => a - b),
      exact,
    }))
    .sort((a, b) => b.experiments.length - a.experiments.length || compare(a, b));
}

function compare(a: { file: string; line: number }, b: { file: string; line: number }): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}

export function shownFile(file: string, prefix: string): string {
  return oneLine(file.startsWith(prefix) ? file.slice(prefix.length) : file, 100);
}

/** Pairs of near misses from the present champion whose changes leave each other's places alone; best first. */
export function pairsOf(
  misses: readonly Experiment[],
  champion: Commit,
): readonly (readonly [Experiment, Experiment])[] {
  const able = misses.filter((e) => e.proposal?.parent === champion && (e.proposal.hunks?.length ?? 0) > 0);
  const pairs: (readonly [Experiment, Experiment])[] = [];
  for (let j = 1; j < able.length; j++) {
    for (let i = 0; i < j; i++) {
      const [a, b] = [able[i]!, able[j]!];
      if (!overlaps(a.proposal?.hunks ?? [], b.proposal?.hunks ?? [])) pairs.push([a, b]);
    }
  }
  return pairs.slice(0, 4);
}

/** Touching counts as overlapping: git could not merge the two. */
function overlaps(a: readonly Hunk[], b: readonly Hunk[]): boolean {
  return a.some((x) => b.some((y) => x.file === y.file && x.line <= y.line + y.count && y.line <= x.line + x.count));
}
