/** The row of `nightyard tag` in the table of commands. Loads nothing until it is given. */
import type { Command } from "commander";

type Finish = (code: number) => void;

const EXAMPLES = `
Examples:
  nightyard tag 12 promising needs-a-look      two tags on experiment 12
  nightyard tag best paper --session night1    one on the champion of that session
  nightyard tag 12 --remove promising          and off again
  nightyard log | grep '#promising'            what has it
`;

export function tagCommands(program: Command, finish: Finish): void {
  const more = (name: string, all: string[]) => [...all, name];
  program
    .command("tag")
    .description("mark an experiment with words of your own, to find it again in log, page, report and exports")
    .argument("<experiment>", 'its number: 12, e0012, or "best"')
    .argument("[tags...]", "a-z, 0-9, . _ -, 32 characters at most, 20 per experiment")
    .option("--remove <tag>", "take it off; may be given again", more, [])
    .option("--lab <lab>", "folder of the lab")
    .option("--session <tag>", "which session; default: the newest")
    .option("--dry-run", "say what would be done, change nothing")
    .addHelpText("after", EXAMPLES)
    .action(async (n, tags, options) => finish(await (await import("./tag.ts")).tagCommand(n, tags, options)));
}
