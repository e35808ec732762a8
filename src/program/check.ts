/**
 * Front matter text → checked fields, or every fault in it at once, each with its line and, where it can be guessed,
 * the line to write instead.
 */
import type { z } from "zod";
import { guessDuration } from "./duration.ts";
import { clean, didYouMean, type Fault } from "./problem.ts";
import { FrontMatter } from "./schema.ts";
import { locate, readYaml, type Tree } from "./yaml.ts";

/** The front matter as far as it is right, what is wrong with the rest, and the tree that knows the lines. */
export interface Checked {
  /** What is wrong is left out or, where required, replaced: only for the rules between fields. Missing: no YAML. */
  readonly fields: FrontMatter | undefined;
  /** Top-level fields that are missing or wrong. */
  readonly wrong: ReadonlySet<string>;
  readonly faults: readonly Fault[];
  readonly tree: Tree;
}

/** Checks each field on its own; rules between fields are in `rules.ts`. `firstLine`: where the YAML starts. */
export function checkFrontMatter(yaml: string, firstLine: number): Checked {
  const { tree, value, faults } = readYaml(yaml, firstLine);
  if (value === undefined) return { fields: undefined, wrong: new Set(), faults, tree };
  const parsed = FrontMatter.safeParse(value);
  if (parsed.success) return { fields: parsed.data, wrong: new Set(), faults, tree };
  const unusable = new Set(faults.map((fault) => fault.line));
  const found = parsed.error.issues.flatMap((issue) => faultsOf(issue, tree));
  const misspelt = new Set(found.flatMap((fault) => (fault.meant === undefined ? [] : [fault.meant])));
  // An alias or a tag has no usable value, and a misspelt field is not missing: a second fault would only be noise.
  const fresh = found.filter((f) => !unusable.has(f.line) && !(f.found === "" && misspelt.has(f.field)));
  const all = [...faults, ...fresh.map(({ meant: _, ...fault }) => fault)];
  const wrong = wrongFields(parsed.error.issues);
  return { fields: withoutWrong(value, wrong), wrong, faults: onePerPlace(all), tree };
}

function wrongFields(issues: readonly z.core.$ZodIssue[]): ReadonlySet<string> {
  const names = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : [String(issue.path[0])],
  );
  // Without a budget nothing can be said about the timeout.
  return new Set(names.includes("budget") ? [...names, "timeout"] : names);
}

const STAND_INS = {
  name: "lab",
  description: "-",
  metric: { name: "_", goal: "minimize" },
  scope: ["-"],
  run: "true",
} as const;

function withoutWrong(value: unknown, wrong: ReadonlySet<string>): FrontMatter | undefined {
  const right = Object.entries(value as object).filter(([field]) => !wrong.has(field));
  return FrontMatter.safeParse({ ...STAND_INS, ...Object.fromEntries(right) }).data;
}

function onePerPlace(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults.filter((fault) => {
    const place = `${fault.line}:${fault.field}`;
    return !seen.has(place) && seen.add(place);
  });
}

/** `meant` is the known field that a misspelt one stands for. */
type Found = Fault & { readonly meant?: string | undefined };

function faultsOf(issue: z.core.$ZodIssue, tree: Tree): Found[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField([...issue.path, key], tree));
  const { line, source } = locate(tree, issue.path);
  const field = fieldName(issue.path);
  const given = issue.code === "custom" ? (issue.params?.fix as string | undefined) : undefined;
  const fix = given ?? fixFor(field, source);
  return [{ line, field, found: source, expected: issue.message, fix }];
}

function unknownField(path: readonly PropertyKey[], tree: Tree): Found {
  const key = String(path.at(-1));
  const known = knownFields(path.slice(0, -1));
  const guess = SYNONYMS[key] ?? didYouMean(key, known);
  const meant = guess !== undefined && known.includes(guess) ? guess : undefined;
  const prefix = path.length > 1 ? `${fieldName(path.slice(0, -1))}.` : "";
  return {
    line: locate(tree, path).line,
    field: `${prefix}${clean(key, 64)}`,
    found: clean(key, 64),
    expected: meant === undefined ? `one of the fields ${known.join(", ")}` : "a known field",
    fix: meant === undefined ? undefined : `did you mean ${meant}?`,
    meant: meant === undefined ? undefined : `${prefix}${meant}`,
  };
}

function knownFields(path: readonly PropertyKey[]): readonly string[] {
  const shape = FrontMatter.shape;
  if (path.length === 0) return Object.keys(shape);
  if (path[0] === "metric") return Object.keys(shape.metric.shape);
  if (path[0] === "promote") return Object.keys(shape.promote.unwrap().element.shape);
  return path[0] === "judge" ? Object.keys(shape.judge.unwrap().shape) : [];
}

const SYNONYMS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  command: "run",
  cmd: "run",
  train: "run",
  files: "scope",
  editable: "scope",
  setup: "prepare",
  eval: "evaluate",
  checks: "gates",
  tests: "gates",
  limits: "guards",
  constraints: "guards",
  direction: "goal",
  "wall-clock": "timeout",
});

function fieldName(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return clean(text.replace(/^\./, ""), 80) || "front matter";
}

const EXAMPLES: Readonly<Record<string, string>> = {
  name: "name: my-lab",
  description: "description: Lower the validation bits per byte of a small GPT.",
  metric: "metric: { name: val_bpb, goal: minimize }",
  "metric.name": "metric: { name: val_bpb, goal: minimize }",
  "metric.goal": "metric: { name: val_bpb, goal: minimize }",
  scope: "scope: [train.ts]",
  run: "run: npx tsx train.ts",
};

function fixFor(field: string, source: string): string | undefined {
  if (source === "") return EXAMPLES[field];
  const isPlain = /^[^[\]{}]+$/.test(source);
  if (/(budget|timeout)$/.test(field)) {
    const guess = guessDuration(source);
    return guess && `${field}: ${guess}`;
  }
  if (["scope", "gates", "guards", "env", "links"].includes(field))
    return isPlain ? `${field}: [${source}]` : undefined;
  if (field === "judge") return isPlain ? `judge: { preset: ${source} }` : undefined;
  if (field === "metric") return isPlain ? `metric: { name: ${source}, goal: minimize }` : undefined;
  if (field === "metric.goal") return goalFix(source);
  if (field === "metric.deterministic") return /^(yes|on|1)$/i.test(source) ? "deterministic: true" : undefined;
  if (field === "name") return nameFix(source);
  return undefined;
}

function goalFix(source: string): string | undefined {
  if (/^(lower|less|low|min|minimi[sz]e|minimum|down|smaller|decrease)$/i.test(source)) return "goal: minimize";
  if (/^(higher|more|high|max|maximi[sz]e|maximum|up|greater|larger|increase)$/i.test(source)) return "goal: maximize";
  return undefined;
}

function nameFix(source: string): string | undefined {
  if (/^\d+$/.test(source)) return `name: "${source}"`;
  const slug = source
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 64)
    .replace(/^-+|-+$/g, "");
  return slug === "" ? undefined : `name: ${slug}`;
}
