/**
 * Rules that need more than one field of a program, or the lab beside it: what would let an agent change how it is
 * measured, and what cannot work although each field is right by itself.
 */
import { formatDuration } from "./duration.ts";
import type { Fault } from "./problem.ts";
import { matchesScope } from "./scope.ts";

/** What the rules look at: seconds are resolved, defaults applied. */
export interface RuleInput {
  readonly programFile: string;
  readonly scope: readonly string[];
  readonly links: readonly string[];
  readonly budgetSeconds: number;
  readonly timeoutSeconds: number;
  readonly prepare?: string | undefined;
  readonly run: string;
  readonly evaluate?: string | undefined;
  readonly metric: string;
  /** The metric has `timing`, is deterministic; there is an `early-stop`. */
  readonly timed: boolean;
  readonly deterministic: boolean;
  readonly early: boolean;
  readonly promote: readonly {
    readonly name: string;
    readonly budgetSeconds?: number | undefined;
    readonly timeoutSeconds?: number | undefined;
  }[];
  readonly guards: readonly { readonly metric: string; readonly text: string }[];
  /** File names at the top of the lab; folders end with '/'. */
  readonly labFiles: readonly string[];
}

/** A fault without its line: the caller knows where `path` stands. */
export interface RuleFault extends Omit<Fault, "line"> {
  readonly path: readonly (string | number)[];
}

/** What makes the program unusable. */
export function ruleFaults(input: RuleInput): RuleFault[] {
  return [
    ...scopeFaults(input),
    ...timeFaults(input),
    ...guardFaults(input),
    ...linkFaults(input),
    ...scaleFaults(input),
    ...timingFaults(input),
  ];
}

/** What is likely a mistake, but may be meant. */
export function ruleWarnings(input: RuleInput): RuleFault[] {
  return [...scopeWarnings(input), ...timeWarnings(input), ...linkWarnings(input)];
}

function scopeFaults(input: RuleInput): RuleFault[] {
  const faults: RuleFault[] = [];
  const found = input.scope.join(", ");
  const add = (path: RuleFault["path"], field: string, expected: string, fix?: string) =>
    faults.push({ path, field, found, expected, fix });
  if (input.scope.every((glob) => glob.startsWith("!"))) {
    add(["scope"], "scope", "at least one glob without ! in front: without one nothing may change");
  }
  if (matchesScope(input.scope, input.programFile)) {
    const fix = `add "!${input.programFile}" to scope`;
    add(["scope"], "scope", `globs that leave out ${input.programFile}: only the person edits it`, fix);
  }
  for (const field of ["prepare", "evaluate"] as const) {
    for (const file of filesNamed(input[field] ?? "", input.labFiles).filter((path) =>
      matchesScope(input.scope, path),
    )) {
      const what = field === "evaluate" ? "evaluator in scope" : "prepare in scope";
      const why = `${what}: the agent could change the metric`;
      const expected = `globs that leave out ${file}, which ${field} names (${why})`;
      add(["scope"], "scope", expected, `add "!${file}" to scope`);
    }
  }
  return faults;
}

function timeFaults(input: RuleInput): RuleFault[] {
  if (input.timeoutSeconds >= input.budgetSeconds) return [];
  const found = formatDuration(input.timeoutSeconds);
  const fix = `timeout: ${formatDuration(2 * input.budgetSeconds + 60)}`;
  const expected = `at least the budget of ${formatDuration(input.budgetSeconds)}`;
  return [{ path: ["timeout"], field: "timeout", found, expected, fix }];
}

function guardFaults(input: RuleInput): RuleFault[] {
  return input.guards.flatMap((guard, index) => {
    if (guard.metric !== input.metric) return [];
    const expected = `a limit on another metric: ${input.metric} itself is what the judge decides on`;
    return [{ path: ["guards", index], field: `guards[${index}]`, found: guard.text, expected }];
  });
}

function linkFaults(input: RuleInput): RuleFault[] {
  return input.links.flatMap((link, index) => {
    const path = link.replace(/\/$/, "");
    const first = path.split("/")[0];
    if (first !== ".git" && first !== ".nightyard" && !matchesScope(input.scope, path)) return [];
    const expected = "an ignored path outside scope, .git and .nightyard";
    return [{ path: ["links", index], field: `links[${index}]`, found: link, expected }];
  });
}

function scaleFaults(input: RuleInput): RuleFault[] {
  return input.promote.flatMap((scale, index): RuleFault[] => {
    const at = (field: string) => ({ path: ["promote", index, field], field: `promote[${index}].${field}` });
    if (input.promote.findIndex((other) => other.name === scale.name) < index) {
      return [{ ...at("name"), found: scale.name, expected: "a name that no other scale has" }];
    }
    const budget = scale.budgetSeconds ?? input.budgetSeconds;
    const timeout = scale.timeoutSeconds ?? input.timeoutSeconds;
    if (timeout >= budget) return [];
    const expected = `at least the scale's budget of ${formatDuration(budget)}`;
    const fix = `timeout: ${formatDuration(2 * budget + 60)}`;
    return [{ ...at("timeout"), found: formatDuration(timeout), expected, fix }];
  });
}

/** Of several executions there is no one result to evaluate, to stop or to take as exact. */
function timingFaults(input: RuleInput): RuleFault[] {
  if (!input.timed) return [];
  const fault = (path: string, found: string, expected: string): RuleFault => {
    return { path: [path], field: path, found, expected: `${expected} beside metric.timing` };
  };
  const what = "no evaluate (a gate checks what the command made)";
  return [
    ...(input.evaluate === undefined ? [] : [fault("evaluate", input.evaluate, what)]),
    ...(input.deterministic ? [fault("metric", "deterministic: true", "no deterministic metric")] : []),
    ...(input.early ? [fault("early-stop", "early-stop", "no early-stop")] : []),
  ];
}

function scopeWarnings(input: RuleInput): RuleFault[] {
  return input.scope.flatMap((glob, index) => {
    const name = glob.replace(/^\.\//, "");
    if (/[*?[\]{}!/()]/.test(name) || input.labFiles.includes(name)) return [];
    const folder = input.labFiles.includes(`${name}/`);
    const expected = folder
      ? "a glob of files: this is a folder"
      : "a file at the top of the lab: there is none of this name";
    const fix = folder ? `${name}/**` : undefined;
    return [{ path: ["scope", index], field: `scope[${index}]`, found: glob, expected, fix }];
  });
}

function timeWarnings(input: RuleInput): RuleFault[] {
  if (input.timeoutSeconds !== input.budgetSeconds) return [];
  const expected = "more than the budget: starting up and saving take time too";
  const fix = `timeout: ${formatDuration(2 * input.budgetSeconds + 60)}`;
  return [{ path: ["timeout"], field: "timeout", found: formatDuration(input.timeoutSeconds), expected, fix }];
}

function linkWarnings(input: RuleInput): RuleFault[] {
  return ["node_modules", ".venv"].flatMap((folder) => {
    if (input.links.includes(folder) || !input.labFiles.includes(`${folder}/`)) return [];
    const expected = `${folder} among the links: an experiment's checkout holds only what git knows`;
    return [{ path: ["links"], field: "links", found: input.links.join(", "), expected, fix: `links: [${folder}]` }];
  });
}

const IMPLIED: readonly (readonly [RegExp, string])[] = [
  [/\b(?:npm|pnpm|yarn|bun)\s+(?:run|test|t|start)\b/, "package.json"],
  [/(?:^|[;&|]\s*)make\b/, "Makefile"],
  [/(?:^|[;&|]\s*)just\b/, "justfile"],
];

/** A word with a '.' or '/' in it, or the name of something in the lab; `npx` and `python3.12` are none. */
function isFile(word: string, labFiles: readonly string[]): boolean {
  if (/^python[\d.]*$/.test(word)) return false;
  return /[./]/.test(word) || labFiles.includes(word) || labFiles.includes(`${word}/`);
}

/** Paths a command line names: words that could be relative paths, `python -m` modules, and the files tools read. */
export function filesNamed(command: string, labFiles: readonly string[]): string[] {
  const words = command.slice(0, 4096).split(/[\s"'`;&|<>()=,]+/);
  const named = words.flatMap((word, index) => {
    const path = word.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
    if (path === "" || path.startsWith("-") || path.startsWith("/") || path.includes("$")) return [];
    if (words[index - 1] !== "-m") return isFile(word, labFiles) ? [path] : [];
    const module = path.replaceAll(".", "/");
    return [`${module}.py`, `${module}/__main__.py`];
  });
  const implied = IMPLIED.filter(([pattern]) => pattern.test(command)).map(([, file]) => file);
  return [...new Set([...named, ...implied])];
}
