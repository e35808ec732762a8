/**
 * Which kept changes are independent: found by applying them. A change that applies to the start alone stands alone;
 * one that does not is grouped with the fewest earlier ones it applies upon; groups that cannot be merged with each
 * other are one. By git's objects only: no ref, index or checkout is touched.
 *
 * Not covered: a change that applies alone and means nothing without another one. Gates and runs find that out.
 */
import type { Kept } from "../remeasure/kept.ts";
import { lineCounts, mergeTrees } from "../workspace/merge-trees.ts";
import type { Workspace } from "../workspace.ts";

/** Changes that go together, in order, with the tree after each when they are applied to the start. */
export interface Group {
  readonly changes: readonly Kept[];
  readonly trees: readonly string[];
}

export interface Grouped {
  readonly groups: readonly Group[];
  /** Changes that leave nothing behind: they undo each other, or the start has them already. */
  readonly empty: readonly Kept[];
  /** Changes that do not apply to the start, not even upon all before them; with the files in conflict. */
  readonly conflicts: readonly { readonly change: Kept; readonly files: readonly string[] }[];
  /** The tree of all groups together. */
  readonly union: string;
}

/** Groups changes for a start (a tree). `moved`: the start is not where the session began. */
export async function groupChanges(
  ws: Workspace,
  start: string,
  changes: readonly Kept[],
  moved: boolean,
): Promise<Grouped> {
  const parts: number[][] = [];
  const empty: Kept[] = [];
  const conflicts: { change: Kept; files: readonly string[] }[] = [];
  for (const [index, change] of changes.entries()) {
    const needs = await needsOf(ws, { start, changes, moved }, index);
    if (needs === "empty") empty.push(change);
    else if ("files" in needs) conflicts.push({ change, files: needs.files });
    else join(parts, [...needs.with, index]);
  }
  const apart = await mergeable(ws, { start, changes }, parts);
  const left = apart.groups.filter((g) => g.trees.at(-1) !== start);
  const undone = apart.groups.filter((g) => g.trees.at(-1) === start).flatMap((g) => g.changes);
  return { groups: left, empty: [...empty, ...undone], conflicts, union: apart.union };
}

interface Ground {
  readonly start: string;
  readonly changes: readonly Kept[];
}

type Needs = "empty" | { readonly with: readonly number[] } | { readonly files: readonly string[] };

/** The fewest earlier changes upon which one applies as a whole; greedy, the latest are left out first. */
async function needsOf(ws: Workspace, ground: Ground & { readonly moved: boolean }, index: number): Promise<Needs> {
  if (ground.moved) {
    const alone = await apply(ws, ground, [index]);
    // A part of it may be there already: what is left of it counts.
    if ("trees" in alone) return alone.trees[0] === ground.start ? "empty" : { with: [] };
  }
  if (await works(ws, ground, [], index)) return { with: [] };
  let need = Array.from({ length: index }, (_, i) => i);
  const all = await apply(ws, ground, [...need, index]);
  if ("files" in all) return ground.moved ? { files: all.files } : { with: need };
  const near = nearFiles(ground.changes, index);
  if (await works(ws, ground, near, index)) need = near;
  for (const candidate of [...need].reverse()) {
    const without = need.filter((i) => i !== candidate);
    if (await works(ws, ground, without, index)) need = without;
  }
  return { with: need };
}

/** Whether a change applies upon others and does there all that it did: half of one that undoes two others is none. */
async function works(ws: Workspace, ground: Ground, upon: readonly number[], index: number): Promise<boolean> {
  const change = ground.changes[index];
  const applied = await apply(ws, ground, [...upon, index]);
  if (change === undefined || !("trees" in applied)) return false;
  const [before = "", after = ""] = [ground.start, ...applied.trees].slice(-2);
  return (await lineCounts(ws, before, after)) === (await lineCounts(ws, change.before, change.after));
}

/** Earlier changes of the same files, and those of their files. */
function nearFiles(changes: readonly Kept[], index: number): number[] {
  const files = new Set(changes[index]?.files);
  const near: number[] = [];
  for (let i = index - 1; i >= 0; i--) {
    const change = changes[i];
    if (change?.files.some((file) => files.has(file)) !== true) continue;
    near.unshift(i);
    for (const file of change.files) files.add(file);
  }
  return near;
}

type Applied = { readonly trees: readonly string[] } | { readonly files: readonly string[] };

async function apply(ws: Workspace, { start, changes }: Ground, some: readonly number[]): Promise<Applied> {
  const trees: string[] = [];
  for (const index of some) {
    const change = changes[index];
    if (change === undefined) throw new Error(`there is no change ${index}`);
    const ours = trees.at(-1) ?? start;
    const merged = await mergeTrees(ws, { base: change.before, ours, theirs: change.after });
    if (merged.kind === "conflict") return { files: merged.files };
    trees.push(merged.tree);
  }
  return { trees };
}

/** Adds a set of changes to the parts; parts that share one become one. Sorted by their first change. */
function join(parts: number[][], some: readonly number[]): void {
  const touched = parts.filter((part) => part.some((i) => some.includes(i)));
  const joined = [...new Set([...some, ...touched.flat()])].sort((a, b) => a - b);
  const others = parts.filter((part) => !touched.includes(part));
  parts.splice(0, parts.length, ...[...others, joined].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)));
}

/** Joins parts until each applies by itself and all merge with each other; ends, for each round has fewer parts. */
async function mergeable(ws: Workspace, ground: Ground, parts: number[][]): Promise<Pick<Grouped, "groups" | "union">> {
  for (;;) {
    const groups: Group[] = [];
    for (const part of parts) {
      const applied = await apply(ws, ground, part);
      const changes = part.map((i) => ground.changes[i]).filter((c): c is Kept => c !== undefined);
      if ("trees" in applied) groups.push({ changes, trees: applied.trees });
    }
    if (groups.length < parts.length) {
      const before = parts.length;
      await joinUnfit(ws, ground, parts);
      if (parts.length === before) throw new Error("kept changes apply one by one and not together");
      continue;
    }
    const merged = await unionOf(ws, ground.start, groups);
    if ("union" in merged) return { groups, union: merged.union };
    const [a, b] = [parts[merged.clash[0]] ?? [], parts[merged.clash[1]] ?? []];
    join(parts, [...a, ...b]);
  }
}

/** A part that was put together of several and does not apply is joined with all that comes before its last change. */
async function joinUnfit(ws: Workspace, ground: Ground, parts: number[][]): Promise<void> {
  for (const part of parts) {
    if ("trees" in (await apply(ws, ground, part))) continue;
    const last = part.at(-1) ?? 0;
    const earlier = parts.filter((p) => (p[0] ?? 0) < last).flat();
    join(parts, [...earlier, ...part]);
    return;
  }
}

type Union = { readonly union: string } | { readonly clash: readonly [number, number] };

async function unionOf(ws: Workspace, start: string, groups: readonly Group[]): Promise<Union> {
  let union = start;
  for (const [index, group] of groups.entries()) {
    const theirs = group.trees.at(-1) ?? start;
    const merged = await mergeTrees(ws, { base: start, ours: union, theirs });
    if (merged.kind === "clean") union = merged.tree;
    else return { clash: [await partner(ws, start, groups, index), index] };
  }
  return { union };
}

/** The earlier group with which one cannot be merged; the one before it when it is none of them alone. */
async function partner(ws: Workspace, start: string, groups: readonly Group[], index: number): Promise<number> {
  const theirs = groups[index]?.trees.at(-1) ?? start;
  for (let earlier = 0; earlier < index; earlier++) {
    const ours = groups[earlier]?.trees.at(-1) ?? start;
    if ((await mergeTrees(ws, { base: start, ours, theirs })).kind === "conflict") return earlier;
  }
  return index - 1;
}
