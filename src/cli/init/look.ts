/**
 * Looks at a folder and proposes answers: scripts of package.json, settings of pytest, Vitest and bundlers, a training
 * script, a SKILL.md. Reads names and two small files, runs nothing. What it finds is a proposal, never an answer.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Answers } from "./answers.ts";
import { labFilesOf } from "./lab-files.ts";

export interface Look {
  /** What the folder looks like, for a person; "" when nothing is known. */
  readonly seen: string;
  readonly template?: string | undefined;
  readonly proposed: Answers;
  /** Names at the top of the folder; folders end with '/'. */
  readonly names: readonly string[];
}

const Manifest = z.looseObject({
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
});

const MAX_BYTES = 262_144;

export async function lookAt(dir: string): Promise<Look> {
  const names = await labFilesOf(dir);
  const manifest = Manifest.safeParse(await json(join(dir, "package.json"))).data;
  const python = await text(join(dir, "pyproject.toml"));
  const found = guess({ names, scripts: manifest?.scripts ?? {}, packages: packagesOf(manifest), python });
  return { ...found, names, proposed: proposals(names, manifest?.scripts ?? {}) };
}

interface Facts {
  readonly names: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly packages: readonly string[];
  readonly python: string;
}

function guess({ names, scripts, packages, python }: Facts): Pick<Look, "seen" | "template"> {
  const has = (name: string) => names.includes(name);
  if (has("SKILL.md")) return { seen: "a skill (SKILL.md)", template: "skill" };
  if (has("train.py")) return { seen: "a training script (train.py)", template: "training" };
  if (packages.includes("vitest")) return { seen: "a Vitest suite (package.json)", template: "vitest-time" };
  if (/\bnode --test\b/.test(scripts.test ?? "")) {
    return { seen: "tests run by node --test (package.json)", template: "node-test-time" };
  }
  if (python.includes("pytest") || has("pytest.ini") || has("conftest.py")) {
    return { seen: "a pytest suite", template: "pytest-time" };
  }
  const bundler = ["vite", "webpack", "esbuild", "rollup"].find((name) => packages.includes(name));
  if (bundler !== undefined && scripts.build !== undefined) {
    return { seen: `a build by ${bundler} (package.json)`, template: "bundle-size" };
  }
  return { seen: "" };
}

function proposals(names: readonly string[], scripts: Readonly<Record<string, string>>): Answers {
  const folder = ["src/", "lib/", "app/"].find((name) => names.includes(name));
  const train = ["train.py", "train.ts"].find((name) => names.includes(name));
  const tested = scripts.test !== undefined && !/no test specified/.test(scripts.test);
  return {
    scope: folder === undefined ? train : `${folder}**`,
    run: scripts.bench === undefined ? undefined : "npm run bench",
    gates: tested ? ["npm test"] : undefined,
    budget: "5m",
  };
}

function packagesOf(manifest: z.output<typeof Manifest> | undefined): readonly string[] {
  return [...Object.keys(manifest?.dependencies ?? {}), ...Object.keys(manifest?.devDependencies ?? {})];
}

async function text(file: string): Promise<string> {
  const content = await readFile(file, "utf8").catch(() => "");
  return content.slice(0, MAX_BYTES);
}

async function json(file: string): Promise<unknown> {
  try {
    return JSON.parse(await text(file));
  } catch {
    // Not ours to judge: nothing is proposed from it.
    return undefined;
  }
}
