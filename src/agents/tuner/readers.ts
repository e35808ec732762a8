/** Which reader finds the constants of which kind of file: one table, by extension. */
import { type Constant, type Site, uniquelyNamed } from "./constant.ts";
import { readPython } from "./python.ts";
import { readJson, readScript } from "./script.ts";
import { readIni, readToml } from "./tables.ts";
import { readYaml } from "./yaml-file.ts";

type Reader = (text: string) => readonly Site[];

const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/\.[cm]?[jt]sx?$/i, readScript],
  [/\.(?:rs|go|c|h|cc|cpp|hpp|cu|swift|kts?)$/i, readScript],
  [/\.pyi?$/i, readPython],
  [/\.jsonc?$/i, readJson],
  [/\.toml$/i, readToml],
  [/\.(?:ini|cfg|properties)$|(?:^|\/)\.env$/i, readIni],
  [/\.ya?ml$/i, readYaml],
];

/** True when constants are looked for in such a file. */
export function hasReader(file: string): boolean {
  return READERS.some(([pattern]) => pattern.test(file));
}

/** Keys are kept in every proposal's memo, which is bounded. */
const LONGEST_KEY = 160;

/** The constants of one file, in the order in which they stand there; none when the file cannot be understood. */
export function readConstants(file: string, text: string): readonly Constant[] {
  const reader = READERS.find(([pattern]) => pattern.test(file))?.[1];
  if (reader === undefined) return [];
  const lineOf = lineCounter(text);
  return uniquelyNamed(sitesOf(reader, text))
    .map((site) => ({ ...site, key: `${file}#${site.name}`, file, line: lineOf(site.start) }))
    .filter((constant) => constant.key.length <= LONGEST_KEY);
}

function sitesOf(reader: Reader, text: string): readonly Site[] {
  try {
    return reader(text);
  } catch (error) {
    // A file nested so deep that a parser's stack ends has no constants a person set by hand.
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** Counts lines from one place to the next; places must be asked in ascending order to be quick. */
function lineCounter(text: string): (at: number) => number {
  let from = 0;
  let line = 1;
  return (at) => {
    if (at < from) [from, line] = [0, 1];
    for (let i = text.indexOf("\n", from); i >= 0 && i < at; i = text.indexOf("\n", from)) {
      from = i + 1;
      line++;
    }
    return line;
  };
}
