/**
 * `nightyard adopt` as a row of the table in `main.ts`. Loads nothing until it is given.
 */
import { type Command, Option } from "commander";

const EXAMPLES = `
Examples:
  nightyard adopt                                    what would be added, as a diff; nothing is written
  nightyard adopt . | git apply                      add it
  nightyard adopt . --write                          the same
  nightyard adopt . --metric accuracy --goal maximize --guard 'peak_vram_mb <= 24000'
`;

const more = (text: string, all: string[]) => [...all, text];

export function adoptCommands(program: Command, finish: (code: number) => void): void {
  program
    .command("adopt")
    .description("propose front matter, and an evaluator where it can be, for a repository in the original layout")
    .argument("[lab]", "folder with train.py", ".")
    .option("--metric <name>", "the number that decides, where it is not val_bpb")
    .addOption(new Option("--goal <goal>", "which way is better").choices(["minimize", "maximize"]))
    .option("--guard <limit>", "a limit on another metric; may be given again", more, [])
    .option("--no-evaluator", "propose none: the metric stays self-reported")
    .option("--write", "write it; never over front matter, never a commit")
    .option("--dry-run", "write nothing (the default)")
    .option("--json", "machine-readable, versioned")
    .addHelpText("after", EXAMPLES)
    .action(async (lab, options) => finish(await (await import("./adopt.ts")).adoptCommand(lab, options)));
}
