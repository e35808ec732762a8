/**
 * Templates: folders below `templates/` of the package, with answers (`template.yaml`), the text of program.md
 * (`body.md`) and small frozen measuring files. Checked when read, so a fault in one is found by the tests.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UserError } from "../../util/user-error.ts";
import { packageRoot } from "../../workspace.ts";

const Fields = z.strictObject({
  summary: z.string(),
  description: z.string(),
  /** Missing: the person names it, for a template does not invent one. */
  metric: z
    .looseObject({ name: z.string(), goal: z.enum(["minimize", "maximize"]), timing: z.unknown().optional() })
    .optional(),
  scope: z.array(z.string()),
  budget: z.string(),
  run: z.string().optional(),
  prepare: z.string().optional(),
  evaluate: z.string().optional(),
  "evaluate-timeout": z.string().optional(),
  gates: z.array(z.string()).optional(),
  /** The measuring itself holds what must stay true. */
  noGates: z.literal(true).optional(),
  guards: z.array(z.string()).optional(),
  links: z.array(z.string()).optional(),
  sandbox: z.record(z.string(), z.unknown()).optional(),
  /** Path in the lab → path below `templates/`. */
  files: z.record(z.string(), z.string()).default({}),
  /** What the person does before the first run. */
  next: z.array(z.string()).default([]),
});

export interface Template extends z.output<typeof Fields> {
  readonly name: string;
  readonly body: string;
}

const FOLDER = join(packageRoot(), "templates");

export async function templateNames(): Promise<readonly string[]> {
  const entries = await readdir(FOLDER, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== "shared")
    .map((entry) => entry.name)
    .sort();
}

export async function readTemplate(name: string): Promise<Template> {
  const names = await templateNames();
  if (!names.includes(name)) {
    throw new UserError(`--template: found "${name}"; expected one of ${names.join(", ")}`, {
      fix: "nightyard init --list-templates",
    });
  }
  const fields = Fields.parse(parse(await readFile(join(FOLDER, name, "template.yaml"), "utf8")));
  return { ...fields, name, body: await readFile(join(FOLDER, name, "body.md"), "utf8") };
}

/** The files that a template brings, by their path in the lab. */
export async function filesOf(template: Template): Promise<Readonly<Record<string, string>>> {
  const read = Object.entries(template.files).map(async ([path, from]) => {
    return [path, await readFile(join(FOLDER, from), "utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}
