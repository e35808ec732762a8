/**
 * `nightyard init`: writes a program.md. Five questions, all of them flags: what to improve, how it is measured, what
 * may change, what must stay true, how long. It refuses to invent a metric, and never writes over a file.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { stringify } from "yaml";
import { formatProblem, parseProgram } from "../program.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { exists } from "../workspace.ts";

export interface InitOptions {
  readonly metric?: string | undefined;
  readonly goal?: string | undefined;
  readonly scope?: string | undefined;
  readonly run?: string | undefined;
  readonly evaluate?: string | undefined;
  readonly gate: readonly string[];
  readonly budget: string;
  readonly dryRun?: boolean | undefined;
}

const QUESTIONS = [
  ["metric", "what is measured, for example --metric seconds"],
  ["goal", "which way is better: --goal minimize or --goal maximize"],
  ["scope", "what may change, for example --scope 'src/**/*.ts'"],
  ["run", "the command of one run, for example --run 'npm run bench'"],
] as const;

const BODY = `# What to try

Say here what "better" means, what has been tried, what looks promising.

# What to avoid

Say here what must not be given up for a better METRIC.
`;

export async function initCommand(folder: string, options: InitOptions): Promise<number> {
  const missing = QUESTIONS.filter(([name]) => options[name] === undefined);
  if (missing.length > 0) {
    const lines = missing.map(([name, text]) => `  --${name}: ${text}`);
    throw new UserError(`init does not invent what is to be measured; it needs:\n${lines.join("\n")}`, {
      fix: `nightyard init ${folder} --metric seconds --goal minimize --scope 'src/**' --run 'npm run bench'`,
    });
  }
  const dir = resolve(folder);
  const text = programText(dir, options);
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  const checked = parseProgram(text, join(dir, "program.md"), names);
  if (!checked.ok) throw new UserError(checked.problems.map(formatProblem).join("\n"));
  if (options.dryRun) {
    process.stdout.write(text);
    return EXIT.ok;
  }
  const file = join(dir, "program.md");
  if (await exists(file)) {
    throw new UserError(`${file}: is there already; init writes over nothing`, { fix: `nightyard doctor ${folder}` });
  }
  await mkdir(dir, { recursive: true });
  await writeFile(file, text, { flag: "wx" });
  for (const warning of checked.warnings) process.stderr.write(`! ${formatProblem(warning)}\n`);
  process.stdout.write(`wrote ${file}\nNext:\n${nextSteps(folder, await exists(join(dir, ".git")))}`);
  return EXIT.ok;
}

function programText(dir: string, o: InitOptions): string {
  const name =
    basename(dir)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 64) || "lab";
  const front = {
    name,
    description: `${o.goal === "maximize" ? "Raise" : "Lower"} ${o.metric} of ${name}; what must stay true stays true.`,
    metric: { name: o.metric, goal: o.goal },
    scope: (o.scope ?? "")
      .split(",")
      .map((glob) => glob.trim())
      .filter((glob) => glob !== ""),
    budget: o.budget,
    run: o.run,
    ...(o.evaluate === undefined ? {} : { evaluate: o.evaluate }),
    ...(o.gate.length === 0 ? {} : { gates: [...o.gate] }),
  };
  return `---\n${stringify(front)}---\n${BODY.replace("METRIC", o.metric ?? "metric")}`;
}

function nextSteps(folder: string, isRepository: boolean): string {
  const cd = folder === "." ? "" : `cd ${folder} && `;
  const git = isRepository ? "" : "git init && ";
  return [
    `  edit ${join(folder, "program.md")}: its text is the instruction to the agent`,
    `  ${cd}${git}git add . && git commit -m "a lab"`,
    `  nightyard doctor ${folder}`,
    `  nightyard run ${folder} --experiments 5`,
    "",
  ].join("\n");
}
