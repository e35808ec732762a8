/**
 * `nightyard init` as a row of the table in `main.ts`. Loads nothing until it is given.
 */
import type { Command } from "commander";

const EXAMPLES = `
Examples:
  nightyard init                                          asks five things, and proposes answers
  nightyard init --list-templates                         what there is to begin from
  nightyard init . --template vitest-time --yes           take what the template and this folder propose
  nightyard init lab --metric seconds --goal minimize --scope 'src/**' --run 'npm run bench' --gate 'npm test'
`;

const more = (text: string, all: string[]) => [...all, text];

export function initCommands(program: Command, finish: (code: number) => void): void {
  program
    .command("init")
    .description("write a program.md for a lab of your own: what to improve, how it is measured, what may change")
    .argument("[folder]", "the lab's folder", ".")
    .option("--template <name>", "begin from one of --list-templates")
    .option("--list-templates", "what there is to begin from")
    .option("--improve <text>", "1. what is to get better, in a sentence")
    .option("--metric <name>", "2. what is measured, for example val_bpb or seconds")
    .option("--goal <goal>", "2. minimize or maximize")
    .option("--run <command>", "2. the command of one run; it prints the metric")
    .option("--evaluate <command>", "2. a command that measures a run, from the sealed copy")
    .option("--timing", "2. the metric is how long the command takes: repeated, and interleaved with the champion")
    .option("--scope <globs>", "3. what may change, separated by commas")
    .option("--gate <command>", "4. must succeed before a keep; may be given again", more, [])
    .option("--guard <limit>", '4. a limit on another metric, "peak_memory_mb <= 4096"; may be given again', more, [])
    .option("--no-gates", "4. nothing must stay true")
    .option("--budget <time>", "5. what one run may take; default: 5m, or the template's")
    .option("--for <time>", "5. how long a night works, for the command that is printed", "8h")
    .option("--yes", "take what the template and the folder propose, ask nothing")
    .option("--dry-run", "print what would be written, write nothing")
    .addHelpText("after", EXAMPLES)
    .action(async (folder, options) => finish(await (await import("./init.ts")).initCommand(folder, options)));
}
