/**
 * A person's tags on experiments: which words may be one, and what a set is after some came and some went. Pure.
 *
 * Small letters, digits, ".", "_" and "-", 32 at most, so that a tag can stand in an address, a cell, a command line
 * and a terminal as it is. Not covered: what a tag means, which is the person's business alone.
 */

/** What a tag may be. */
export const TAG = /^[a-z0-9][a-z0-9._-]{0,31}$/;
/** What a tag may be, in words. */
export const TAG_WORDS = 'a-z, 0-9, ".", "_" and "-", begun by a letter or digit, 32 at most';
/** So many tags an experiment has at most; more are refused before they are written, and left out by the fold. */
export const MOST_TAGS = 20;

export interface Tagging {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The tags after a tagging: those removed are gone, the new ones follow in the order given, none twice. */
export function tagsAfter(before: readonly string[], { add, remove }: Tagging): readonly string[] {
  const left = before.filter((tag) => !remove.includes(tag));
  return [...new Set([...left, ...add])].slice(0, MOST_TAGS);
}

/** The tags in what a person typed into one field: by spaces or commas; `wrong`: the first that is none. */
export function tagsIn(text: string): { readonly tags: readonly string[]; readonly wrong?: string | undefined } {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  return { tags: [...new Set(parts)], wrong: parts.find((part) => !TAG.test(part)) };
}
