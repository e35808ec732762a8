/**
 * What is said after `init`: which files are there now, and the commands that follow, ready to paste.
 */
import { join } from "node:path";
import type { Template } from "./template.ts";

export interface Written {
  readonly folder: string;
  readonly files: readonly string[];
  readonly template: Template | undefined;
  readonly isRepository: boolean;
  /** How long a night works: 8h. */
  readonly night: string;
}

export function nextText({ folder, files, template, isRepository, night }: Written): string {
  const cd = folder === "." ? "" : `cd ${folder} && `;
  const git = isRepository ? "" : "git init && ";
  const own = (template?.next ?? []).map((line) => `  ${/^(node|python3|npm) /.test(line) ? cd : ""}${line}`);
  return [
    ...files.map((file) => `wrote ${join(folder, file)}`),
    "Next:",
    `  edit ${join(folder, "program.md")}: its text is the instruction to the agent`,
    ...own,
    `  ${cd}${git}git add . && git commit -m "a lab"`,
    `  nightyard doctor ${folder}`,
    `  nightyard run ${folder} --experiments 5`,
    `  nightyard run ${folder} --for ${night}`,
    "",
  ].join("\n");
}
