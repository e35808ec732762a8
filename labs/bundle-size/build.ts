/**
 * Frozen: bundles src/main.ts by the settings of build.toml into dist/bundle.js. As a command it writes the file; the
 * gate and the evaluator call `bundle`.
 *
 * No code of the agent runs here: sources and settings are data to esbuild, and there are no plugins. Only files below
 * src/ may go into the bundle.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";
import { loadEsbuild } from "./esbuild.ts";

/** Largest bundle that is taken. */
export const MAX_BYTES = 1_048_576;

type Setting = boolean | string;
type Apply = (value: Setting) => BuildOptions;

const BOOLEANS = [true, false];
const TARGETS = ["es2015", "es2017", "es2020", "es2022", "esnext"];
/** Every key: the values it may have, and what it means to esbuild. */
const KEYS: Readonly<Record<string, { readonly of: readonly Setting[]; readonly apply: Apply }>> = {
  format: { of: ["iife", "cjs"], apply: (v) => ({ format: v as "iife" | "cjs" }) },
  target: { of: TARGETS, apply: (v) => ({ target: v as string }) },
  charset: { of: ["ascii", "utf8"], apply: (v) => ({ charset: v as "ascii" | "utf8" }) },
  legal_comments: { of: ["inline", "none"], apply: (v) => ({ legalComments: v as "inline" | "none" }) },
  mangle_props: { of: ["none", "underscore"], apply: (v) => (v === "none" ? {} : { mangleProps: /^_/ }) },
  minify_whitespace: { of: BOOLEANS, apply: (v) => ({ minifyWhitespace: v as boolean }) },
  minify_identifiers: { of: BOOLEANS, apply: (v) => ({ minifyIdentifiers: v as boolean }) },
  minify_syntax: { of: BOOLEANS, apply: (v) => ({ minifySyntax: v as boolean }) },
  keep_names: { of: BOOLEANS, apply: (v) => ({ keepNames: v as boolean }) },
  tree_shaking: { of: BOOLEANS, apply: (v) => ({ treeShaking: v as boolean }) },
  ignore_annotations: { of: BOOLEANS, apply: (v) => ({ ignoreAnnotations: v as boolean }) },
  inline_source_map: { of: BOOLEANS, apply: (v) => ({ sourcemap: v === true ? "inline" : false }) },
};

/** esbuild's options from the text of build.toml; throws an Error that names the line. */
export function readSettings(text: string): BuildOptions {
  const options: BuildOptions = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const [, key = "", found = ""] = /^\s*([a-z_]+)\s*=\s*("[^"]*"|true|false)\s*(?:#.*)?$/.exec(line) ?? [];
    const known = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    if (known === undefined) throw new Error(`build.toml:${index + 1}: no key of this lab with a value`);
    const value = found.startsWith('"') ? found.slice(1, -1) : found === "true";
    if (!known.of.includes(value)) throw new Error(`build.toml:${index + 1}: ${key} is one of ${known.of.join(", ")}`);
    Object.assign(options, known.apply(value));
  }
  return options;
}

/** The bundle of the lab in `dir`. Throws an Error that says why there is none. */
export function bundle(dir: string): string {
  const result = loadEsbuild().buildSync({
    format: "iife",
    ...readSettings(readFileSync(join(dir, "build.toml"), "utf8")),
    entryPoints: ["src/main.ts"],
    absWorkingDir: resolve(dir),
    bundle: true,
    platform: "neutral",
    globalName: "kit",
    write: false,
    outfile: "dist/bundle.js",
    metafile: true,
    tsconfigRaw: "{}",
    logLevel: "silent",
  });
  const strange = Object.keys(result.metafile?.inputs ?? {}).filter((path) => !/^src\/[\w/-]+\.ts$/.test(path));
  if (strange.length > 0) throw new Error(`only src/**/*.ts may be bundled, not ${strange[0]}`);
  const text = result.outputFiles?.[0]?.text ?? "";
  if (text.length > MAX_BYTES) throw new Error(`the bundle is larger than ${MAX_BYTES} bytes`);
  return text;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  mkdirSync("dist", { recursive: true });
  const text = bundle(".");
  writeFileSync("dist/bundle.js", text);
  console.log(`raw_bytes: ${Buffer.byteLength(text)}`);
}
