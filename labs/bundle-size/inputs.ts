/**
 * Frozen: random inputs for the gate, all inside what the kit is for. The same seed gives the same inputs.
 */
import { MARKED, type reference } from "./reference.ts";

type Name = keyof typeof reference;
type Random = (below: number) => number;

const PATTERNS = ["YYYY", "YY", "MMMM", "MMM", "MM", "M", "DDDD", "DD", "D", "dddd", "ddd", ", ", " ", "-", "/", ". "];
const PIECES = ["word", "two words", "**bold**", "*soft*", "`code`", "[label](http://a.b/c)", "a & b", "<i>", '"', "*"];
const STARTS = ["# ", "## ", "### ", "- ", "- ", "", "", "", "#", "-", "#### "];
const LETTERS = [..."abcxyzABCXYZ0189 .,!?-_/'", ...MARKED, ...MARKED.map((letter) => letter.toUpperCase())];

const MAKE: Readonly<Record<Name, (random: Random) => string>> = {
  roman: (random) => String(1 + random(3999)),
  words: (random) => String(random([10, 100, 1000, 10_000, 1_000_000][random(5)]!)),
  slug: (random) => texts(random, 24, () => LETTERS[random(LETTERS.length)]!).join(""),
  date: (random) => {
    const at = new Date(Date.UTC(1900, 0, 1) + random(73_049) * 86_400_000);
    return `${at.toISOString().slice(0, 10)}|${texts(random, 7, () => PATTERNS[random(PATTERNS.length)]!).join("")}`;
  },
  markdown: (random) => texts(random, 9, () => lineOf(random)).join("\n"),
};

function lineOf(random: Random): string {
  if (random(4) === 0) return "";
  return STARTS[random(STARTS.length)]! + texts(random, 4, () => PIECES[random(PIECES.length)]!).join(" ");
}

function texts(random: Random, most: number, make: () => string): readonly string[] {
  return Array.from({ length: 1 + random(most) }, make);
}

/** `count` questions: the name of an export and its input. */
export function randomInputs(seed: number, count: number): readonly (readonly [Name, string])[] {
  const names = Object.keys(MAKE) as Name[];
  const random = generator(seed);
  return Array.from({ length: count }, (_, index) => {
    const name = names[index % names.length]!;
    return [name, MAKE[name](random)] as const;
  });
}

/** Whole numbers below a bound, mulberry32. */
function generator(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
