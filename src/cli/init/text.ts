/**
 * Answers → the text of program.md. What is not asked (links, guards, timing) comes from the template or the folder.
 */
import { stringify } from "yaml";
import { labName } from "../../program/classic.ts";
import { matchesScope } from "../../program/scope.ts";
import type { Answers, InitOptions } from "./answers.ts";
import type { Template } from "./template.ts";

const BODY = `# What to try

Say here what "better" means, what has been tried, what looks promising.

# What to avoid

Say here what must not be given up for a better METRIC.
`;

export interface Parts {
  readonly dir: string;
  readonly names: readonly string[];
  readonly answers: Answers;
  readonly options: InitOptions;
  readonly template: Template | undefined;
}

export function programText({ dir, names, answers, options, template }: Parts): string {
  const { metric = "", goal, run, budget } = answers;
  const better = goal === "maximize" ? "Raise" : "Lower";
  const front = {
    name: labName(dir),
    description: (answers.improve ?? `${better} ${metric}; what must stay true stays true.`).replace("METRIC", metric),
    metric: metricOf(answers, options, template),
    scope: scopeOf(answers, template),
    budget: budget ?? "5m",
    prepare: template?.prepare,
    run,
    evaluate: options.evaluate ?? template?.evaluate,
    "evaluate-timeout": template?.["evaluate-timeout"],
    gates: emptyAsNone(answers.gates),
    guards: emptyAsNone(options.guard.length > 0 ? options.guard : template?.guards),
    links: emptyAsNone(["node_modules", ".venv"].filter((folder) => names.includes(`${folder}/`))),
    sandbox: template?.sandbox,
  };
  const known = Object.entries(front).filter(([, value]) => value !== undefined);
  const yaml = stringify(Object.fromEntries(known), { lineWidth: 0 });
  return `---\n${yaml}---\n${(template?.body ?? BODY).replaceAll("METRIC", metric)}`;
}

function metricOf(answers: Answers, { timing }: InitOptions, template: Template | undefined): object {
  const { metric: name, goal } = answers;
  const own = template?.metric?.name === name && template?.metric?.goal === goal ? template?.metric : {};
  return { ...own, name, goal, ...(timing === true ? { timing: true } : {}) };
}

/** Whatever is allowed, the files that measure are not: who can edit them can make up the metric. */
function scopeOf(answers: Answers, template: Template | undefined): readonly string[] {
  const scope = listOf(answers.scope);
  const open = Object.keys(template?.files ?? {}).some((path) => matchesScope(scope, path));
  return open ? [...scope, "!nightyard/**"] : scope;
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(/,(?![^{]*\})/)
    .map((glob) => glob.trim())
    .filter((glob) => glob !== "");
}

function emptyAsNone(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : [...list];
}
