/**
 * Frozen: what the kit has to answer, written another way than src/ and with no regard to size. The gate compares with
 * it. The bundle under test cannot reach this file.
 */

const LETTERS = new Map(
  (
    "a:àáâãåāăą c:çćĉċč d:ďđð e:èéêëēĕėęě g:ĝğġģ h:ĥħ i:ìíîïĩīĭįı j:ĵ k:ķ l:ĺļľŀł n:ñńņňŋ o:òóôõøōŏő r:ŕŗř " +
    "s:śŝşš t:ţťŧ u:ùúûũūŭůűų w:ŵ y:ýÿŷ z:źżž ae:äæ oe:öœ ue:ü ss:ß th:þ"
  )
    .split(" ")
    .map((group) => group.split(":"))
    .flatMap(([plain = "", marked = ""]) => [...marked].map((letter): [string, string] => [letter, plain])),
);
/** The letters with marks that the kit knows, small. */
export const MARKED = [...LETTERS.keys()];

const ROMAN: readonly (readonly [number, string])[] = [
  [1000, "M"],
  [900, "CM"],
  [500, "D"],
  [400, "CD"],
  [100, "C"],
  [90, "XC"],
  [50, "L"],
  [40, "XL"],
  [10, "X"],
  [9, "IX"],
  [5, "V"],
  [4, "IV"],
  [1, "I"],
];

const SMALL = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen " +
  "eighteen nineteen"
).split(" ");
const TENS = ", ,twenty,thirty,forty,fifty,sixty,seventy,eighty,ninety".split(",");

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

function roman(value: number): string {
  const part = ROMAN.find(([size]) => size <= value);
  return part === undefined ? "" : part[1] + roman(value - part[0]);
}

function words(value: number): string {
  if (value < 20) return SMALL[value]!;
  if (value < 100) return TENS[Math.floor(value / 10)]! + (value % 10 === 0 ? "" : `-${words(value % 10)}`);
  const [size, name] = value < 1000 ? [100, "hundred"] : [1000, "thousand"];
  const rest = value % size;
  return `${words(Math.floor(value / size))} ${name}${rest === 0 ? "" : ` ${words(rest)}`}`;
}

function slug(text: string): string {
  const plain = [...text.toLowerCase()].map((letter) => LETTERS.get(letter) ?? letter).join("");
  return (plain.match(/[a-z0-9]+/g) ?? []).join("-");
}

function date(text: string): string {
  const at = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const two = (value: number) => String(value).padStart(2, "0");
  const parts: Readonly<Record<string, string>> = {
    YYYY: String(year),
    YY: two(year % 100),
    MMMM: MONTHS[month]!,
    MMM: MONTHS[month]!.slice(0, 3),
    MM: two(month + 1),
    M: String(month + 1),
    DDDD: String((at.getTime() - Date.UTC(year, 0, 0)) / 86_400_000),
    DD: two(day),
    D: String(day),
    dddd: DAYS[at.getUTCDay()]!,
    ddd: DAYS[at.getUTCDay()]!.slice(0, 3),
  };
  return text.slice(11).replace(/YYYY|YY|MMMM|MMM|MM|M|DDDD|DD|D|dddd|ddd/g, (token) => parts[token]!);
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function inline(text: string): string {
  return text
    .replace(/[&<>"]/g, (letter) => ESCAPES[letter]!)
    .replace(/`([^`]+)`/g, (_, inner) => `<code>${inner}</code>`)
    .replace(/\*\*([^*]+)\*\*/g, (_, inner) => `<strong>${inner}</strong>`)
    .replace(/\*([^*]+)\*/g, (_, inner) => `<em>${inner}</em>`)
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, label, address) => `<a href="${address}">${label}</a>`);
}

/** Blocks are runs of lines of one kind; a heading is a block of its own, a blank line is none. */
function markdown(text: string): string {
  const kindOf = (line: string) => /^(#{1,3} |- |$)/.exec(line)?.[1] ?? "text";
  const blocks: { kind: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const kind = kindOf(line);
    const last = blocks.at(-1);
    if (last?.kind === kind && !kind.startsWith("#")) last.lines.push(line);
    else blocks.push({ kind, lines: [line] });
  }
  const html = blocks.map(({ kind, lines }) => {
    if (kind === "") return [];
    if (kind === "text") return [`<p>${inline(lines.join("\n"))}</p>`];
    if (kind === "- ") return ["<ul>", ...lines.map((line) => `<li>${inline(line.slice(2))}</li>`), "</ul>"];
    const level = kind.length - 1;
    return [`<h${level}>${inline(lines[0]!.slice(kind.length))}</h${level}>`];
  });
  return html.flat().join("\n");
}

/** The right answer to every question, by the name of the export. */
export const reference = {
  roman: (text: string) => roman(Number(text)),
  words: (text: string) => words(Number(text)),
  slug,
  date,
  markdown,
} as const;
