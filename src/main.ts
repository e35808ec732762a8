/**
 * The table of commands, and the one place where an error becomes a message and an exit code.
 *
 * Each command is loaded when it is given: all of them together take 0.8 s to load, `status` alone 0.1 s.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { adoptCommands } from "./cli/adopt-commands.ts";
import { afterCommands } from "./cli/after-commands.ts";
import { initCommands } from "./cli/init-commands.ts";
import { tagCommands } from "./cli/tag-commands.ts";
import { unattendedCommands } from "./cli/unattended.ts";
import { parseDuration } from "./program/duration.ts";
import { isDiskFull } from "./util/disk-full.ts";
import { packageVersion } from "./util/package-version.ts";
import { EXIT, UserError } from "./util/user-error.ts";

const EXAMPLES = `
Examples:
  nightyard run labs/nano-gpt --experiments 10    a first session: no key, no GPU
  nightyard run . --for 8h --tag night1           a night on your own lab
  nightyard status                                how it stands; --json for programs
  nightyard show best                             what was kept, and why
  nightyard report                                the morning report, and whether to believe it
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
  steeringCommands(program, finish);
  afterCommands(program, finish, { wholeNumber, sandboxOption });
  tagCommands(program, finish);
  labCommands(program, finish);
  ledgerCommands(program, finish);
  serverCommands(program, finish);
  unattendedCommands(program, finish, { duration, wholeNumber, dollars, tagName });
  program
    .command("completion")
    .description("a script with which a shell completes commands and options")
    .argument("<shell>", "bash, zsh or fish")
    .action(async (shell) => finish((await import("./cli/completion.ts")).completionCommand(program, shell)));
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
    .option(
      "--agent <kind>",
      "who proposes: tuner, claude, command:…; a mix: claude:3,tuner:1 (docs/steering.md)",
      "tuner",
    )
    .option("--runner <kind>", "where runs take place: local", "local")
    .option("--plateau <n>", "experiments without a keep that call for a structural change; 0: never", wholeNumber)
    .option("--agent-pauses <times>", "pauses of an agent that fails again and again: 1m,5m,15m; 0: none", durations)
    .option("--seed <n>", "source of all seeds of a new session", wholeNumber)
    .option("--confirm-runs <k>", "fresh runs each of baseline and champion at the end; 0: none", wholeNumber)
    .option("--max-experiments <n>", "cap of the whole session; reached cleanly: exit code 5", wholeNumber)
    .option("--max-time <time>", "cap on the work of the whole session", duration)
    .option("--max-tokens <n>", "cap on the agent's tokens, read and written: 500k, 2M", tokenCount)
    .option("--max-dollars <d>", "cap on what the agent costs", dollars)
    .option("--slots <n>", "runs at once, each bound to a GPU or to cores of its own", wholeNumber)
    .option("--bind <what>", "what a slot is bound to: gpu, cores or none; default: gpu where there are enough")
    .option("--lookahead <n>", "proposals made while runs are on; default: 1, for the tuner 0", wholeNumber)
    .addOption(sandboxOption())
    .option("--no-sandbox", "runs may use the network and read and write what you may")
    .option("--dry-run", "say what would be done, change nothing")
    .option("--json", "the summary as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (lab, options) => finish(await (await import("./cli/run.ts")).runCommand(lab, options)));
  program
    .command("confirm")
    .description("fresh runs of first baseline and champion, interleaved: the gain without bias, with its interval")
    .argument("[lab]")
    .option("--session <tag>", "which session; default: the newest")
    .option("--runs <k>", "fresh runs of each; default: confirm-runs of program.md", wholeNumber)
    .addOption(sandboxOption())
    .option("--no-sandbox", "go on without a sandbox")
    .option("--dry-run", "say what would be run")
    .option("--json", "the summary as JSON")
    .action(async (lab, options) => finish(await (await import("./cli/run.ts")).confirmCommand(lab, options)));
  program
    .command("stop")
    .description("end the session that runs on a lab; it can be continued")
    .argument("[lab]")
    .option("--dry-run", "say what would be stopped")
    .action(async (lab, options) => finish(await (await import("./cli/stop.ts")).stopCommand(lab, options)));
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
  read("status", "how a session stands").action(async (lab, o) =>
    finish(await (await import("./cli/status.ts")).statusCommand(lab, o)),
  );
  read("watch", "a full view of a session while it runs, or afterwards; q leaves it and stops nothing").action(
    async (lab, o) => finish(await (await import("./cli/watch.ts")).watchCommand(lab, o)),
  );
  read("log", "all experiments, one line each")
    .option("--verdict <kind>", "only keep, discard or crash")
    .action(async (lab, o) => finish(await (await import("./cli/log.ts")).logCommand(lab, o)));
  read("best", "the champion").action(async (lab, o) =>
    finish(await (await import("./cli/log.ts")).bestCommand(lab, o)),
  );
  read("export", "the ledger in another shape: a table, every event, Parquet, TensorBoard, or to an MLflow server")
    .option("--format <format>", "tsv, csv, jsonl, parquet, tensorboard or mlflow", "tsv")
    .option("--per <what>", "of jsonl: a line per event or per experiment", "event")
    .option("--out <place>", "a file, or for tensorboard a folder; text goes to standard output without it")
    .option("--mlflow-url <url>", "the MLflow server; its token comes from MLFLOW_TRACKING_TOKEN")
    .option("--flush", "of mlflow: send what waits in the outbox because a server was down")
    .action(async (lab, o) => finish(await (await import("./cli/export.ts")).exportCommand(lab, o)));
  read("report", "the morning report: into the session's folder, or in one format on standard output")
    .option("--format <format>", "html, md or json; svg or png: the plot alone")
    .option("--out <file>", "write it there instead; its ending says the format")
    .option("--by <axis>", "of the plot: experiment, time or cost", "experiment")
    .action(async (lab, o) => finish(await (await import("./cli/report.ts")).reportCommand(lab, o)));
  importer(program, finish);
  program
    .command("replay")
    .description("judge a recorded session again under other rules")
    .argument("[source]", "a lab, or a results.tsv")
    .option("--judge <rules>", "fast, default, strict or keep-any", "default")
    .option("--noise <sigma>", "one sigma of the metric, where the record has no repeats", positive)
    .option("--goal <goal>", "of a results.tsv: minimize or maximize", "minimize")
    .option("--session <tag>", "which session; default: the newest")
    .option("--json", "machine-readable, versioned")
    .action(async (source, options) => finish(await (await import("./cli/replay.ts")).replayCommand(source, options)));
  one("show", "one experiment in full").action(async (n, o) =>
    finish(await (await import("./cli/log.ts")).showCommand(n, o)),
  );
  one("diff", "the change of one experiment").action(async (n, o) =>
    finish(await (await import("./cli/log.ts")).diffCommand(n, o)),
  );
}

function importer(program: Command, finish: Finish): void {
  program
    .command("import")
    .description("take somebody's record of a night in: results.tsv, CSV, pi-autoresearch JSONL, our own exports")
    .argument("<file>", "the record; what it is is seen by looking at it")
    .option("--lab <folder>", "whose ledger it goes into; need not be a repository", ".")
    .option("--goal <goal>", "minimize or maximize, where the file does not say")
    .option("--metric <name>", "the metric's name, and its column where a table has several")
    .option("--tag <tag>", "name of the session; default: from the file's name", tagName)
    .option("--dry-run", "say what would be done, change nothing")
    .option("--json", "machine-readable, versioned")
    .action(async (file, options) => finish(await (await import("./cli/import.ts")).importCommand(file, options)));
}

function steeringCommands(program: Command, finish: Finish): void {
  program
    .command("note")
    .description("tell the agent something while a session runs; without one it is told at the next start")
    .argument("<text>", "what the agent shall know, 1000 characters at most")
    .option("--lab <lab>", "folder of the lab")
    .option("--dry-run", "say what would be done")
    .action(async (text, options) => finish(await (await import("./cli/note.ts")).noteCommand(text, options)));
  program
    .command("propose")
    .description("hand in a change of your own: it is checked, run and judged like an agent's, as the next experiment")
    .argument("<hypothesis>", "one line: what you changed and why it should help")
    .option("--from <commit>", "the change of a commit or branch; default: what is not committed, as far as in scope")
    .option("--description <text>", "a few lines more for the record")
    .option("--lab <lab>", "folder of the lab")
    .option("--dry-run", "say what would be done")
    .action(async (hypothesis, options) =>
      finish(await (await import("./cli/propose.ts")).proposeCommand(hypothesis, options)),
    );
}

function labCommands(program: Command, finish: Finish): void {
  initCommands(program, finish);
  adoptCommands(program, finish);
  program
    .command("doctor")
    .description("look for what would spoil a session, trying run and gates in a copy; each fault with its fix")
    .argument("[lab]")
    .option("--agent <kind>", "also whether this agent can take a turn without you; several with commas")
    .option("--deep", "try everything, however long it takes; without it two minutes of the lab's commands")
    .addOption(sandboxOption())
    .option("--no-sandbox", "try the lab's commands without one")
    .option("--dry-run", "only read: try none of the lab's commands")
    .option("--json", "machine-readable, versioned")
    .action(async (lab, options) => finish(await (await import("./cli/doctor.ts")).doctorCommand(lab, options)));
  attackCommands(program, finish);
}

function attackCommands(program: Command, finish: Finish): void {
  program
    .command("attack")
    .description("play cheats against a copy of a lab; prints what its evaluator lets through, and how to mend it")
    .argument("[lab]", "folder of the lab, or the name of a shipped one", ".")
    .option("--attacks <names>", "only these, names or families, separated by commas; --dry-run lists them")
    .option(
      "--budget <time>",
      "budget of a run in place of that of program.md: attacks on a long lab are shorter then",
      duration,
    )
    .addOption(sandboxOption())
    .option("--no-sandbox", "see what is let through without one")
    .option("--dry-run", "list the attacks, play none")
    .option("--json", "machine-readable, versioned")
    .action(async (lab, options) => finish(await (await import("./cli/attack.ts")).attackCommand(lab, options)));
}

function serverCommands(program: Command, finish: Finish): void {
  program
    .command("ui")
    .description("a web page of a lab's sessions on this machine, live while one runs; read-only")
    .argument("[lab]")
    .option("--port <n>", "where it listens; 0: one that is free; default: 7373", wholeNumber)
    .option("--host <address>", "another address than 127.0.0.1: the page then needs the token that is printed")
    .option("--token", "ask for the token on 127.0.0.1 too, on a machine that others use")
    .option("--write", "let the page leave notes for the agent")
    .option("--open", "open it in the browser")
    .action(async (lab, options) => {
      const { uiCommand } = await import("./cli/ui.ts");
      finish(await uiCommand(lab, options));
    });
  program
    .command("mcp")
    .description("let an agent drive sessions by the Model Context Protocol: it proposes, the harness judges")
    .option(
      "--lab <folder>",
      "a lab that may be driven; may be given again; default: this folder",
      (folder: string, all: string[]) => [...all, folder],
      [],
    )
    .option("--http", "over HTTP on 127.0.0.1 with a token, instead of standard input and output")
    .option("--port <n>", "with --http; default: one that is free", wholeNumber)
    .option("--max-experiments <n>", "cap of a session, whatever limits the agent chooses", wholeNumber)
    .option("--max-time <time>", "cap on the work of a session, the waiting for changes counted", duration)
    .addOption(sandboxOption())
    .option("--no-sandbox", "runs may use the network and read and write what you may")
    .action(async (options) => finish(await (await import("./cli/mcp.ts")).mcpCommand(options)));
}

function ledgerCommands(program: Command, finish: Finish): void {
  const ledger = program.command("ledger").description("check the record of a lab's sessions, or make it anew");
  ledger
    .command("check")
    .description("whether it is as it was written; changes nothing")
    .argument("[lab]")
    .action(async (lab) => finish(await (await import("./cli/ledger.ts")).ledgerCheckCommand(lab)));
  ledger
    .command("restore")
    .description("make it anew from its journal; what was there is kept")
    .argument("[lab]")
    .option("--dry-run", "say what would be done, change nothing")
    .action(async (lab, options) => finish(await (await import("./cli/ledger.ts")).ledgerRestoreCommand(lab, options)));
}

function sandboxOption(): Option {
  const what = "require: no session without one; auto: one if there is one";
  return new Option("--sandbox <mode>", what).default("require").env("NIGHTYARD_SANDBOX");
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`expected a whole number, found "${text}".`);
  return Number(text);
}

function tokenCount(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,9}(?:\.\d+)?)([kM]?)$/.exec(text) ?? [];
  if (digits === undefined)
    throw new InvalidArgumentError(`expected tokens such as 50000, 500k or 2M, found "${text}".`);
  return Math.round(Number(digits) * { "": 1, k: 1e3, M: 1e6 }[unit as "" | "k" | "M"]);
}

function dollars(text: string): number {
  if (!/^\$?\d{1,7}(\.\d{1,4})?$/.test(text))
    throw new InvalidArgumentError(`expected dollars such as 10 or 2.50, found "${text}".`);
  return Number(text.replace("$", ""));
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

/** "1m,5m,15m"; "0" is none. */
function durations(text: string): readonly number[] {
  if (text.trim() === "0") return [];
  return text.split(",").map((part) => duration(part.trim()));
}

function tagName(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(text) && !text.includes("..") && !/\.(lock)?$/.test(text)) return text;
  throw new InvalidArgumentError(`expected letters, digits, ".", "_" or "-" (64 at most), found "${text}".`);
}
