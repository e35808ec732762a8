/**
 * Which files of a lab a command reads, as far as its text says: those it names, and what those import, followed from
 * file to file. JavaScript, TypeScript, Python and shell. Not covered: names made at run time, `eval`, other languages.
 */
import { open } from "node:fs/promises";
import { join, posix } from "node:path";
import { filesNamed } from "../program/rules.ts";
import { inScope, type Program } from "../program.ts";
import { type Finding, fault, ok, some, warning } from "./finding.ts";

const MAX_FILES = 500;
const MAX_BYTES = 512 * 1024;
const ENDINGS = ["", ".ts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".json", "/index.ts", "/index.js"];

/** A file with the one that led to it; undefined for a file that the command names itself. */
export interface Reached {
  readonly path: string;
  readonly from: string | undefined;
}

/** The committed files that a command leads to, nearest first. */
export async function reachOf(labDir: string, files: readonly string[], command: string): Promise<readonly Reached[]> {
  const known = new Set(files);
  const found = new Map<string, Reached>();
  const queue: Reached[] = filesNamed(command, files)
    .filter((path) => known.has(path))
    .map((path) => ({ path, from: undefined }));
  for (let next = queue.shift(); next !== undefined && found.size < MAX_FILES; next = queue.shift()) {
    if (found.has(next.path)) continue;
    found.set(next.path, next);
    const text = await textOf(join(labDir, next.path));
    for (const path of importsIn(next.path, text, known)) queue.push({ path, from: next.path });
  }
  return [...found.values()];
}

async function textOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return "";
  try {
    const buffer = Buffer.alloc(MAX_BYTES);
    const { bytesRead } = await file.read(buffer, 0, MAX_BYTES, 0).catch(() => ({ bytesRead: 0 }));
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await file.close();
  }
}

/** The lab's files that a file's text names as imports. */
export function importsIn(path: string, text: string, known: ReadonlySet<string>): readonly string[] {
  const here = posix.dirname(path);
  if (/\.[cm]?[jt]sx?$/.test(path)) return scriptImports(here, text, known);
  if (/\.py$/.test(path)) return pythonImports(here, text, known);
  if (/\.(?:sh|bash|zsh)$/.test(path) || /^#!.*\bsh\b/.test(text)) {
    return filesNamed(text.slice(0, 4096), [...known]).flatMap((name) => fits([name, posix.join(here, name)], known));
  }
  return [];
}

function scriptImports(here: string, text: string, known: ReadonlySet<string>): readonly string[] {
  const specs = [...text.matchAll(/(?:from|import|require\(|import\()\s*["'](\.{1,2}\/[^"'\n]{1,300})["']/g)];
  return specs.flatMap(([, spec = ""]) => {
    const base = posix.join(here, spec);
    // TypeScript writes "./x.js" for x.ts.
    return fits([...ENDINGS.map((e) => base + e), base.replace(/\.([cm]?)js$/, ".$1ts")], known);
  });
}

function pythonImports(here: string, text: string, known: ReadonlySet<string>): readonly string[] {
  const lines = text.matchAll(
    /^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+([\w, \t]+)|import[ \t]+([\w., \t]+))/gm,
  );
  return [...lines].flatMap(([, from, names = "", plain = ""]) => {
    if (from === undefined)
      return plain.split(",").flatMap((m) => pythonFile(here, m.trim().split(/\s/)[0] ?? "", known));
    const inner = names.split(",").map((n) => n.trim().split(/\s/)[0] ?? "");
    const joined = inner.map((name) => (/\.$/.test(from) ? from + name : `${from}.${name}`));
    return [from, ...joined].flatMap((module) => pythonFile(here, module, known));
  });
}

function pythonFile(here: string, module: string, known: ReadonlySet<string>): readonly string[] {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const rest = module.slice(dots).replaceAll(".", "/");
  if (rest === "") return [];
  const bases = dots > 0 ? [posix.join(here, "../".repeat(dots - 1), rest)] : [posix.join(here, rest), rest];
  return fits(
    bases.flatMap((base) => [`${base}.py`, `${base}/__init__.py`]),
    known,
  );
}

function fits(candidates: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const hit = candidates.map((path) => posix.normalize(path)).find((path) => known.has(path));
  return hit === undefined ? [] : [hit];
}

/** Whether the agent could change what measures it, or what checks it. */
export async function reachFindings(
  labDir: string,
  program: Program,
  files: readonly string[],
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const what of ["evaluate", "prepare"] as const) {
    const command = program[what];
    if (command === undefined) continue;
    const reached = await reachOf(labDir, files, command);
    const open = reached.filter(({ path }) => inScope(program, path));
    const [first] = open;
    const text =
      first === undefined
        ? `\`${command}\` runs from the sealed copy; ${reached.length} of the lab's files seen in it, none in scope`
        : `in scope, so the agent could change the metric: ${some(open.map(wayTo))}`;
    found.push(first === undefined ? ok(what, text) : fault(what, text, `add "!${first.path}" to scope in program.md`));
  }
  return [...found, ...(await gateFileFindings(labDir, program, files))];
}

function wayTo({ path, from }: Reached): string {
  return from === undefined ? path : `${path} (imported by ${from})`;
}

const TESTS = /(?:^|\/)(?:tests?|specs?|__tests__)\/|[._-](?:test|spec)\.\w+$|(?:^|\/)(?:test_[^/]*|conftest)\.py$/;

/** A gate that the agent can edit is passed by an edit. What gates import is the code under test: it may change. */
async function gateFileFindings(
  labDir: string,
  program: Program,
  files: readonly string[],
): Promise<readonly Finding[]> {
  if (program.gates.length === 0) return [];
  const named = (await Promise.all(program.gates.map((gate) => reachOf(labDir, files, gate)))).flat();
  const own = named.filter(({ from }) => from === undefined).map(({ path }) => path);
  const tests = files.filter((path) => TESTS.test(path) || own.includes(path));
  const open = [...new Set(tests)].filter((path) => inScope(program, path));
  if (open.length === 0) return [];
  const text = `tests or files of the gates are in scope, so an agent can weaken them: ${some(open)}`;
  return [
    warning(
      "gate files",
      text,
      `add ${open
        .slice(0, 3)
        .map((p) => `"!${p}"`)
        .join(", ")} to scope in program.md`,
    ),
  ];
}
