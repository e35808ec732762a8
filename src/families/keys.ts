/**
 * What an experiment has in common with others: the constants it turned, the words of its hypothesis, its flags, the
 * files it changed. Words are untrusted: cleaned, short, few.
 */
import type { Experiment } from "../experiment.ts";
import { oneLine } from "../util/text.ts";

export type KeyKind = "constant" | "word" | "flag" | "file";

export interface Key {
  readonly kind: KeyKind;
  readonly name: string;
}

const MAX_KEYS = 24;

export function keysOf(e: Experiment): readonly Key[] {
  const constants = constantsOf(e.memo);
  const words = wordsOf(e.proposal?.hypothesis ?? "");
  const key = (kind: KeyKind) => (name: string) => ({ kind, name });
  return [
    ...constants.map(key("constant")),
    ...words.map(key("word")),
    ...(e.proposal?.flags ?? []).slice(0, 4).map((flag) => key("flag")(oneLine(flag.replace(/: .*$/, ""), 60))),
    ...(e.proposal?.files ?? []).slice(0, 4).map((file) => key("file")(oneLine(file, 80))),
  ].slice(0, MAX_KEYS);
}

/** Names of the constants that a proposal of the tuner turned, without their file; none for other agents' memos. */
export function constantsOf(memo: unknown): readonly string[] {
  const changed = (memo as { readonly changed?: unknown } | null | undefined)?.changed;
  if (!Array.isArray(changed)) return [];
  const names = changed.filter((key): key is string => typeof key === "string");
  return [...new Set(names.map((key) => oneLine(key.slice(key.lastIndexOf("#") + 1), 60)))].slice(0, 6);
}

/** Words that are in every hypothesis, or say only that something is changed. */
const EMPTY = new Set(
  (
    "about add added adding again all also and another any are back because been before better both but can " +
    "change changed changes changing could decrease decreased each even ever experiment for from further get gets " +
    "give given gives has have help helps higher how improve improved improves increase increased instead into " +
    "its just keep keeps large larger last less let lets like little low lower lowered make makes making may " +
    "maybe metric might model more most much need new not now off old once one only onto other our out over place " +
    "previous raise raised reduce reduced remove removed replace same score see set should since slightly small " +
    "smaller some still switch take test than that the their them then there these they this those through time " +
    "too tried tries try trying tune tweak two under update use used uses using value values very want was way " +
    "well were what when where whether which while who will with within without would yet you your"
  ).split(" "),
);

/** The words of a hypothesis that may make a family, in order, each once. Numbers and words of two letters are none. */
export function wordsOf(hypothesis: string): readonly string[] {
  const split = oneLine(hypothesis, 400)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  const words = split.filter((word) => word.length > 2 && word.length <= 30 && /^\p{L}/u.test(word));
  const telling = words.filter((word) => !EMPTY.has(word)).map(singular);
  return [...new Set(telling.filter((word) => !EMPTY.has(word)))].slice(0, 12);
}

/** "layers" and "layer" are one word; "loss" and "bias" stay. */
function singular(word: string): string {
  return word.length > 4 && /[^siu]s$/.test(word) ? word.slice(0, -1) : word;
}
