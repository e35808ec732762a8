/**
 * Names that a person may have meant: by edit distance, and by the parts that two names share ("val_loss", "val_bpb").
 */

/** At most three of `names`, the nearest first. Names have 64 characters at most: the square of that is nothing. */
export function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const scored = names.map((name) => ({ name, score: likeness(wanted.toLowerCase(), name.toLowerCase()) }));
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** From 0 to 2: the share of characters that need no edit, and the share of parts in common. */
function likeness(a: string, b: string): number {
  const longest = Math.max(a.length, b.length, 1);
  const [left, right] = [partsOf(a), partsOf(b)];
  const shared = [...left].filter((part) => right.has(part)).length;
  return 1 - distance(a, b) / longest + shared / Math.max(left.size, right.size, 1);
}

function partsOf(name: string): ReadonlySet<string> {
  return new Set(name.split(/[_./-]+/).filter((part) => part !== ""));
}

/** Levenshtein's: insertions, deletions and replacements of one character. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
