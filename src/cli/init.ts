/**
 * `nightyard init`: writes a program.md and, from a template, small frozen measuring files. Five answers, all of them
 * flags: what to improve, how it is measured, what may change, what must stay true, how long. It refuses to invent a
 * metric, and never writes over a file. Not covered: whether the commands work (`nightyard doctor` tries that).
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { formatProblem, parseProgram } from "../program.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { exists } from "../workspace.ts";
import { type Answers, answersOf, filled, type InitOptions, unanswered } from "./init/answers.ts";
import { type Look, lookAt } from "./init/look.ts";
import { nextText } from "./init/next.ts";
import { filesOf, readTemplate, type Template, templateNames } from "./init/template.ts";
import { programText } from "./init/text.ts";

export async function initCommand(folder: string, options: InitOptions): Promise<number> {
  if (options.listTemplates) return listTemplates();
  const dir = resolve(folder);
  const look = await lookAt(dir);
  const asked = await askOrRefuse(folder, options, look);
  if ("left" in asked) return asked.left;
  const { answers, template } = asked;
  const text = programText({ dir, names: look.names, answers, options, template });
  const files = { "program.md": text, ...(template === undefined ? {} : await filesOf(template)) };
  const names = [...look.names, ...(template === undefined ? [] : ["nightyard/"])];
  const checked = parseProgram(text, join(dir, "program.md"), names);
  if (!checked.ok) throw new UserError(checked.problems.map(formatProblem).join("\n"));
  if (options.dryRun) return dryRun(files);
  await writeAll(folder, dir, files);
  for (const warning of checked.warnings) process.stderr.write(`! ${formatProblem(warning)}\n`);
  const isRepository = await exists(join(dir, ".git"));
  process.stdout.write(nextText({ folder, files: Object.keys(files), template, isRepository, night: options.for }));
  return EXIT.ok;
}

async function listTemplates(): Promise<number> {
  for (const name of await templateNames()) {
    process.stdout.write(`${name.padEnd(16)} ${(await readTemplate(name)).summary}\n`);
  }
  return EXIT.ok;
}

interface Asked {
  readonly answers: Answers;
  readonly template: Template | undefined;
}

/** The answers from flags and template, and the rest from the person; off a terminal what is missing is an error. */
async function askOrRefuse(folder: string, o: InitOptions, look: Look): Promise<Asked | { readonly left: number }> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  let name = o.template;
  const open = unanswered(answersOf(o, undefined)).length > 0;
  const interactive = isTerminal && !o.yes && open;
  if (interactive && name === undefined) {
    const chosen = await (await import("./init/ask.ts")).askTemplate(look);
    if (typeof chosen === "object") return chosen;
    name = chosen;
  }
  const template = name === undefined ? undefined : await readTemplate(name);
  const proposed = filled({ scope: scopeOf(template, look) }, look.proposed);
  const given = answersOf(o, template);
  // What the folder proposes for the number itself is never taken unseen: a metric is not invented.
  const answers = o.yes
    ? filled(given, { scope: proposed.scope, gates: proposed.gates, budget: proposed.budget })
    : given;
  const missing = unanswered(answers);
  if (missing.length === 0) return { answers, template };
  if (!interactive) throw refusal(folder, missing, { name, look, proposed });
  const said = await (await import("./init/ask.ts")).askAnswers(answers, proposed);
  return "left" in said ? said : { answers: said, template };
}

/** The template's globs where the folder has what they name, else the folder's own. */
function scopeOf(template: Template | undefined, { names, proposed }: Look): string | undefined {
  const first = template?.scope[0];
  const fits = first !== undefined && names.some((n) => first === n || first.startsWith(n));
  return fits || proposed.scope === undefined ? template?.scope.join(", ") : proposed.scope;
}

interface Refused {
  readonly name: string | undefined;
  readonly look: Look;
  readonly proposed: Answers;
}

function refusal(folder: string, missing: ReturnType<typeof unanswered>, { name, look, proposed }: Refused): UserError {
  const lines = missing.map((q) => {
    const proposal = proposed[q.of]?.toString();
    return `  ${q.flag}: ${q.text}; for example ${q.flag} '${proposal ?? q.example}'`;
  });
  const seen = look.template === undefined || name !== undefined ? "" : `\nThis folder looks like ${look.seen}.`;
  const flags = missing.map((q) => `${q.flag} '${proposed[q.of]?.toString() ?? q.example}'`).join(" ");
  const begin = name ?? look.template;
  const template = begin === undefined ? "" : ` --template ${begin}`;
  const own = name === undefined && look.template !== undefined ? `${template} --yes` : `${template} ${flags}`;
  return new UserError(`init does not invent what is to be measured; it needs:\n${lines.join("\n")}${seen}`, {
    fix: `nightyard init ${folder}${own}`,
  });
}

function dryRun(files: Readonly<Record<string, string>>): number {
  const several = Object.keys(files).length > 1;
  for (const [path, text] of Object.entries(files)) {
    process.stdout.write(several ? `# ${path}\n${text}\n` : text);
  }
  return EXIT.ok;
}

/** All or nothing: one file that is there already and none is written. */
async function writeAll(folder: string, dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const path of Object.keys(files)) {
    if (!(await exists(join(dir, path)))) continue;
    throw new UserError(`${join(dir, path)}: is there already; init writes over nothing`, {
      fix: `nightyard doctor ${folder}`,
    });
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text, { flag: "wx" });
  }
}
