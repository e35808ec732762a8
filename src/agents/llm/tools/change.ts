/**
 * Tools that change files: edit by exact replacement, write. Only in scope; a refusal says what would be right.
 */
import { type Desk, pathIn, readText, ToolFault, writeText } from "../desk.ts";

export interface EditArgs {
  readonly path: string;
  readonly find: string;
  readonly replace: string;
  readonly why?: string | undefined;
}

export async function edit(desk: Desk, args: EditArgs): Promise<string> {
  const path = pathIn(desk, args.path);
  const text = await readText(desk, path);
  if (args.find === "") throw new ToolFault("find: expected the exact text to replace; use write for a new file");
  if (args.find === args.replace) throw new ToolFault("find and replace are the same: nothing would change");
  const [find, replace] = asInFile(text, args.find, args.replace);
  const at = text.indexOf(find);
  if (at < 0) throw new ToolFault(`${path}: the text to replace is not there.${hint(text, args.find)}`);
  const again = placesOf(text, find);
  if (again.length > 1) {
    throw new ToolFault(
      `${path}: the text to replace is there ${again.length} times (lines ${again.slice(0, 10).join(", ")}). ` +
        "Give more of the lines around it.",
    );
  }
  await writeText(desk, path, text.slice(0, at) + replace + text.slice(at + find.length));
  remember(desk, args.why);
  return `${path}: replaced at line ${lineOf(text, at)}`;
}

export interface WriteArgs {
  readonly path: string;
  readonly text: string;
  readonly why?: string | undefined;
}

export async function write(desk: Desk, args: WriteArgs): Promise<string> {
  const path = pathIn(desk, args.path);
  await writeText(desk, path, args.text);
  remember(desk, args.why);
  return `${path}: written, ${args.text.split("\n").length} lines`;
}

function remember(desk: Desk, why: string | undefined): void {
  if (why !== undefined && why.trim() !== "") desk.purpose = why;
}

/** Models write \n where the file has \r\n. */
function asInFile(text: string, find: string, replace: string): readonly [string, string] {
  if (!text.includes("\r\n") || find.includes("\r\n")) return [find, replace];
  return [find.replaceAll("\n", "\r\n"), replace.replaceAll(/\r?\n/g, "\r\n")];
}

/** Where the same words stand with other spaces, or the first line of what was looked for. */
function hint(text: string, find: string): string {
  const lines = text.split("\n");
  const wanted = find.split("\n").find((line) => line.trim() !== "") ?? find;
  const words = (line: string) =>
    line
      .replace(/^\s*\d+\| /, "")
      .replace(/\s+/g, " ")
      .trim();
  const near = lines.findIndex((line) => words(line) === words(wanted));
  if (near < 0) return " Read the file again.";
  return ` Line ${near + 1} is alike but for its spaces or what follows: ${JSON.stringify(lines[near]?.slice(0, 300))}`;
}

/** Lines at which a text begins, each of its places counted. */
function placesOf(text: string, find: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(find); at >= 0; at = text.indexOf(find, at + 1)) {
    places.push(lineOf(text, at));
    if (places.length >= 100) break;
  }
  return places;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}
