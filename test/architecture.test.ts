/**
 * The rules of the house that a script can check: imports point down and form no cycle, files and functions stay small,
 * no default exports. Exceptions are listed by name, with the reason.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** From the ground up: a file may import from its own layer and from those before it. */
const LAYERS: readonly (readonly RegExp[])[] = [
  [/^src\/util\//],
  [/^src\/(experiment|tags)\.ts$/],
  [
    /^src\/(judge|evidence|replay|agent|change-facts|runner|progress-lines|metric-lines|results-tsv|plot)(\.ts$|\/)/,
    /^src\/program(\.ts$|\/)/,
    /^src\/(execute|slots)\.ts$/,
    /^src\/timing(\.ts$|\/)/,
    /^src\/metric\.ts$/,
    /^src\/(gateway|prices|families)(\.ts$|\/)/,
    /^src\/sandbox(\.ts$|\/)/,
  ],
  [/^src\/(ledger|workspace)(\.ts$|\/)/],
  [
    /^src\/(plan|briefing|report|import|export|notify|schedule|adopt)(\.ts$|\/)/,
    /^src\/(environment|fences|evaluator|prepare|summary|headline|verdict-words|session-files|spool)\.ts$/,
    /^src\/(agents|runners)\//,
    /^src\/(import|export)(\.ts$|\/)/,
  ],
  [/^src\/yard\.ts$/, /^src\/steps\//],
  [/^src\/(loop|flight)\.ts$/],
  [
    /^src\/(session|kinds)\.ts$/,
    /^src\/attacks(\.ts$|\/)/,
    /^src\/(remeasure|finalize|ablate|promote|doctor)(\.ts$|\/)/,
  ],
  [/^src\/(cli|dashboard)\//, /^src\/(mcp|dashboard)(\.ts$|\/)/],
  [/^src\/main\.ts$/],
];

/** Longer than a file should be; each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;
const MAX_LINE = 120;

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sourcesBelow(folder: string): readonly Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => /\.tsx?$/.test(path) && !/node_modules|\.nightyard/.test(path))
    .map((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      const found = [...text.matchAll(/(?:from|import)\s+"(\.[^"]+)"/g)].map((m) => m[1] ?? "");
      const imports = found.map((spec) => relative(ROOT, resolve(ROOT, dirname(path), spec)));
      return { path, text, imports };
    });
}

const src = sourcesBelow("src");
const tensor = sourcesBelow("tensor");

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) => layer.some((pattern) => pattern.test(path)));
}

describe("the house", () => {
  it("has a layer for every file of src", () => {
    expect(src.filter((s) => layerOf(s.path) < 0).map((s) => s.path)).toEqual([]);
  });

  it("has imports that point down only", () => {
    const up = src.flatMap((s) =>
      s.imports.filter((to) => layerOf(to) > layerOf(s.path)).map((to) => `${s.path} → ${to}`),
    );
    expect(up).toEqual([]);
  });

  it("keeps src and tensor apart", () => {
    expect(
      src.flatMap((s) => s.imports.filter((to) => !to.startsWith("src/")).map((to) => `${s.path} → ${to}`)),
    ).toEqual([]);
    expect(
      tensor.flatMap((s) => s.imports.filter((to) => !to.startsWith("tensor/")).map((to) => `${s.path} → ${to}`)),
    ).toEqual([]);
  });

  it("lets experiment.ts import nothing", () => {
    expect(src.find((s) => s.path === "src/experiment.ts")?.imports).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(findCycle([...src, ...tensor])).toEqual([]);
  });

  it("has files of a size that one idea needs, and lines that fit", () => {
    for (const s of [...src, ...tensor, ...sourcesBelow("labs")]) {
      const lines = s.text.split("\n");
      const limit = s.path in LONG_FILES ? Number.POSITIVE_INFINITY : MAX_FILE_LINES;
      expect(lines.length, s.path).toBeLessThanOrEqual(limit);
      const wide = lines.findIndex((line) => line.length > MAX_LINE);
      expect(wide, `${s.path}:${wide + 1} is longer than ${MAX_LINE}`).toBe(-1);
    }
  });

  it("has functions of a size that a screen holds", () => {
    const long = [...src, ...tensor].flatMap((s) => functionsOf(s).filter((f) => f.lines > MAX_FUNCTION_LINES));
    expect(long).toEqual([]);
  });

  it("opens every file with what it is for", () => {
    for (const s of [...src, ...tensor]) expect(s.text.trimStart().startsWith("/**"), s.path).toBe(true);
  });

  it("has no default exports, enums or namespaces", () => {
    const bad = [...src, ...tensor].filter((s) =>
      /^export default|^\s*(export )?(const )?enum |^namespace /m.test(s.text),
    );
    expect(bad.map((s) => s.path)).toEqual([]);
  });
});

function findCycle(sources: readonly Source[]): readonly string[] {
  const graph = new Map(sources.map((s) => [s.path, s.imports]));
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const cycle = walk(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const s of sources) {
    const cycle = walk(s.path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

/** Functions that begin a line, by indentation: from their first line to the closing brace at the same depth. */
function functionsOf(s: Source): readonly { readonly at: string; readonly lines: number }[] {
  const lines = s.text.split("\n");
  return lines.flatMap((line, i) => {
    const head = /^(\s*)(?:export )?(?:async )?function\*? \w+/.exec(line);
    if (head === null) return [];
    const close = lines.findIndex((l, j) => j > i && l === `${head[1]}}`);
    return close < 0 ? [] : [{ at: `${s.path}:${i + 1}`, lines: close - i + 1 }];
  });
}
