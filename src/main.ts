/**
 * The table of commands, and the one place where an error becomes a message and an exit code.
 */
import { Command, InvalidArgumentError } from "commander";
import { doctorCommand } from "./cli/doctor.ts";
import { exportCommand } from "./cli/export.ts";
import { initCommand } from "./cli/init.ts";
import { bestCommand, diffCommand, logCommand, showCommand } from "./cli/log.ts";
import { replayCommand } from "./cli/replay.ts";
import { confirmCommand, runCommand } from "./cli/run.ts";
import { statusCommand } from "./cli/status.ts";
import { stopCommand } from "./cli/stop.ts";
import { parseDuration } from "./program/duration.ts";
import { packageVersion } from "./session.ts";
import { isDiskFull } from "./util/disk-full.ts";
import { EXIT, UserError } from "./util/user-error.ts";

const EXAMPLES = `
Examples:
  nightyard run labs/nano-gpt --experiments 10    a first session: no key, no GPU
  nightyard run . --for 8h --tag night1           a night on your own lab
  nightyard status                                how it stands; --json for programs
  nightyard show best                             what was kept, and why
  nightyard init my-lab                           begin a lab of your own
  nightyard doctor                                what is missing, each with its fix
`;

const EXIT_CODES = `
Exit codes: 0 ok · 1 failed · 2 usage or configuration · 3 finished, but a gate or a regression needs you ·
  4 agent or login unavailable · 5 a cap reached cleanly · 6 integrity violation · 130 interrupted`;

/** Runs one command line; answers the exit code. Never throws for what a person can mend. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const program = commands((exit) => {
    code = exit;
  });
  if (argv.length === 0) {
    process.stdout.write(program.helpInformation());
    process.stdout.write(EXAMPLES);
    return EXIT.ok;
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return explain(error);
  }
}

/** The message of an error, the most important line last; a bug keeps its stack. */
function explain(error: unknown): number {
  const code = (error as { code?: string }).code ?? "";
  if (code.startsWith("commander.")) return (error as { exitCode: number }).exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UserError) {
    const fix = error.fix === undefined ? "" : `\nFix: ${error.fix}`;
    process.stderr.write(`error: ${error.message}${fix}\n`);
    return error.exitCode;
  }
  if (isDiskFull(error)) {
    const what = error instanceof Error ? error.message : "";
    process.stderr.write(
      `error: no space is left on the disk (${what}); what the ledger has is safe, the session can go on\n`,
    );
    process.stderr.write("Fix: make room, then give the same command again   # df -h\n");
    return EXIT.failed;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\nThis is a fault of nightyard.\n`);
  return EXIT.failed;
}

type Finish = (code: number) => void;

function commands(finish: Finish): Command {
  const program = new Command("nightyard")
    .description(
      "An agent does research overnight, inside a narrow yard: fixed time, one metric, a scope, code as judge.",
    )
    .version(packageVersion())
    .exitOverride()
    .addHelpText("beforeAll", "")
    .addHelpText("after", EXAMPLES + EXIT_CODES);
  runCommands(program, finish);
  readCommands(program, finish);
  labCommands(program, finish);
  return program;
}

function runCommands(program: Command, finish: Finish): void {
  program
    .command("run")
    .description("run a session on a lab, or continue one that was stopped or killed")
    .argument("[lab]", "folder of the lab, or the name of a shipped one", ".")
    .option("-n, --experiments <n>", "end after n experiments (the baseline not counted)", wholeNumber)
    .option("--for <time>", "end after so much work, over all sittings: 90s, 45m, 8h", duration)
    .option("--tag <tag>", "name of the session; default: the newest unfinished one, else the day", tagName)
    .option("--agent <kind>", "who proposes: tuner, scripted:FILE", "tuner")
    .option("--runner <kind>", "where runs take place: local", "local")
    .option("--seed <n>", "source of all seeds of a new session", wholeNumber)
    .option("--confirm-runs <k>", "fresh runs each of baseline and champion at the end; 0: none", wholeNumber)
    .option("--dry-run", "say what would be done, change nothing")
    .option("--json", "the summary as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (lab, options) => finish(await runCommand(lab, options)));
  program
    .command("confirm")
    .description("fresh runs of first baseline and champion, interleaved: the gain without bias, with its interval")
    .argument("[lab]")
    .option("--session <tag>", "which session; default: the newest")
    .option("--runs <k>", "fresh runs of each; default: confirm-runs of program.md", wholeNumber)
    .option("--dry-run", "say what would be run")
    .option("--json", "the summary as JSON")
    .action(async (lab, options) => finish(await confirmCommand(lab, options)));
  program
    .command("stop")
    .description("end the session that runs on a lab; it can be continued")
    .argument("[lab]")
    .option("--dry-run", "say what would be stopped")
    .action(async (lab, options) => finish(await stopCommand(lab, options)));
}

function readCommands(program: Command, finish: Finish): void {
  const read = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument("[lab]")
      .option("--session <tag>", "which session; default: the newest")
      .option("--json", "machine-readable, versioned");
  const one = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument("<experiment>", 'its number: 12, e0012, or "best"')
      .option("--lab <lab>", "folder of the lab")
      .option("--session <tag>", "which session; default: the newest")
      .option("--json", "machine-readable, versioned");
  read("status", "how a session stands").action(async (lab, o) => finish(await statusCommand(lab, o)));
  read("log", "all experiments, one line each")
    .option("--verdict <kind>", "only keep, discard or crash")
    .action(async (lab, o) => finish(await logCommand(lab, o)));
  read("best", "the champion").action(async (lab, o) => finish(await bestCommand(lab, o)));
  read("export", "the ledger as tsv, csv or jsonl on standard output")
    .option("--format <format>", "tsv, csv or jsonl", "tsv")
    .action(async (lab, o) => finish(await exportCommand(lab, o)));
  program
    .command("replay")
    .description("judge a recorded session again under other rules")
    .argument("[source]", "a lab, or a results.tsv")
    .option("--judge <rules>", "fast, default, strict or keep-any", "default")
    .option("--noise <sigma>", "one sigma of the metric, where the record has no repeats", positive)
    .option("--goal <goal>", "of a results.tsv: minimize or maximize", "minimize")
    .option("--session <tag>", "which session; default: the newest")
    .option("--json", "machine-readable, versioned")
    .action(async (source, options) => finish(await replayCommand(source, options)));
  one("show", "one experiment in full").action(async (n, o) => finish(await showCommand(n, o)));
  one("diff", "the change of one experiment").action(async (n, o) => finish(await diffCommand(n, o)));
}

function labCommands(program: Command, finish: Finish): void {
  program
    .command("init")
    .description("write a program.md for a lab of your own")
    .argument("[folder]", "the lab's folder", ".")
    .option("--metric <name>", "what is measured, for example val_bpb or seconds")
    .option("--goal <goal>", "minimize or maximize")
    .option("--scope <globs>", "what may change, separated by commas")
    .option("--run <command>", "the command of one run; it prints the metric")
    .option("--evaluate <command>", "a command that measures a run, from the sealed copy")
    .option(
      "--gate <command>",
      "must succeed before a keep; may be given again",
      (c: string, all: string[]) => [...all, c],
      [],
    )
    .option("--budget <time>", "what one run may take", "5m")
    .option("--dry-run", "print the file, write nothing")
    .action(async (folder, options) => finish(await initCommand(folder, options)));
  program
    .command("doctor")
    .description("look for what would spoil a session; each fault with its fix")
    .argument("[lab]")
    .option("--json", "machine-readable, versioned")
    .action(async (lab, options) => finish(await doctorCommand(lab, options)));
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`expected a whole number, found "${text}".`);
  return Number(text);
}

function positive(text: string): number {
  const x = Number(text);
  if (text.trim() !== "" && Number.isFinite(x) && x > 0) return x;
  throw new InvalidArgumentError(`expected a number above 0, found "${text}".`);
}

function duration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError(`expected a time such as 90s, 45m or 8h, found "${text}".`);
  return seconds;
}

function tagName(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(text) && !text.includes("..") && !/\.(lock)?$/.test(text)) return text;
  throw new InvalidArgumentError(`expected letters, digits, ".", "_" or "-" (64 at most), found "${text}".`);
}
