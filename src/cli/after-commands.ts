/**
 * The commands for after a session, `finalize`, `ablate` and `promote`, as rows of the table in `main.ts`. Loads
 * nothing until one is given.
 */
import type { Command, Option } from "commander";

type Finish = (code: number) => void;

/** How `main.ts` reads the words of the command line. */
export interface AfterParsers {
  readonly wholeNumber: (text: string) => number;
  readonly sandboxOption: () => Option;
}

export function afterCommands(program: Command, finish: Finish, parse: AfterParsers): void {
  const after = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument("[lab]")
      .option("--session <tag>", "which session; default: the newest")
      .option(
        "--runs <k>",
        "fresh runs of each; default: confirm-runs, for promote the scale's seeds",
        parse.wholeNumber,
      )
      .addOption(parse.sandboxOption())
      .option("--no-sandbox", "go on without a sandbox")
      .option("--dry-run", "say what would be done, change nothing")
      .option("--json", "machine-readable, versioned");
  after("finalize", "the kept changes as clean branches, one per independent change, each measured again")
    .option("--onto <branch>", "start the branches there; default: the commit from which the session began")
    .option("--force", "replace branches that are there; the old ones are kept below refs/nightyard")
    .action(async (lab, o) => finish(await (await import("./finalize.ts")).finalizeCommand(lab, o)));
  after("ablate", "leave the kept changes out one at a time, and name those that no longer pay").action(
    async (lab, o) => finish(await (await import("./ablate.ts")).ablateCommand(lab, o)),
  );
  const more = (name: string, all: string[]) => [...all, name];
  after("promote", "first baseline and champion at other scales, declared in program.md: does the gain transfer?")
    .option("--scale <name>", "only this scale; may be given again", more, [])
    .action(async (lab, o) => finish(await (await import("./promote.ts")).promoteCommand(lab, o)));
}
