/**
 * Frozen: the inputs: all short texts over an alphabet, and large random ones, right and wrong. The same seed gives the
 * same bytes.
 */

/** What the short texts are made of: all that the grammar tells apart, and a letter of two bytes. */
export const ALPHABET = ["a", ",", '"', "\n", "\r", "é"];

/** Every text of at most `longest` letters of the alphabet, 335,923 for 7. */
export function* allTexts(longest: number): Generator<string> {
  let texts = [""];
  for (let length = 0; ; length++) {
    yield* texts;
    if (length === longest) return;
    texts = texts.flatMap((text) => ALPHABET.map((letter) => text + letter));
  }
}

const WORDS = [
  ..."alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau".split(" "),
  ...["São Paulo", "Zürich", "Łódź", "東京", "😀", "new york", "on hold", "yes", "no", "true", "false", "", "", "N/A"],
];

/**
 * CSV of about `bytes` bytes: columns of words that come again, numbers, free text; some fields in quotes, with commas,
 * quotes and line ends in them; LF or CRLF.
 */
export function randomCsv(seed: number, bytes: number): Buffer {
  const random = generator(seed);
  const columns = 4 + random(9);
  const kinds = Array.from({ length: columns }, () => random(5));
  const end = random(2) === 0 ? "\n" : "\r\n";
  const lines: string[] = [];
  let size = 0;
  while (size < bytes) {
    const line = kinds.map((kind) => field(kind, random)).join(",") + end;
    lines.push(line);
    size += line.length;
  }
  if (random(2) === 0) lines.push(`${lines.pop()!.slice(0, -end.length)}`);
  return Buffer.from(lines.join(""), "utf8");
}

/** Such a text with one letter replaced, put in or left out at a random place: most are wrong, at a known offset. */
export function brokenCsv(seed: number, bytes: number): Buffer {
  const random = generator(seed ^ 0x5bd1e995);
  const right = randomCsv(seed, bytes);
  let at = random(right.length);
  while (right[at]! > 0x7f) at = random(right.length);
  const letters = ['"', "\r", ",", "\n", 'x"', '"x', ""];
  const skip = random(2);
  return Buffer.concat([
    right.subarray(0, at),
    Buffer.from(letters[random(letters.length)]!),
    right.subarray(at + skip),
  ]);
}

function field(kind: number, random: (below: number) => number): string {
  const word = () => WORDS[random(WORDS.length)]!;
  if (kind === 0) return String(random(100_000));
  if (kind === 1) return (random(10_000_000) / 1000).toFixed(3);
  if (kind === 2) return `2${String(random(1000)).padStart(3, "0")}-0${1 + random(9)}-1${random(10)}T00:00:00Z`;
  if (kind === 3) return word();
  const text = Array.from({ length: random(12) }, word).join([" ", " ", ", ", '"', "\n"][random(5)]);
  return /[",\n\r]/.test(text) || random(4) === 0 ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Whole numbers below a bound, mulberry32. */
function generator(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
