/**
 * The commands for when nobody is there: `notify` and `schedule`, as rows of the table in `main.ts`, and the look at
 * the outbox that follows other commands. Loads nothing until one is given.
 */
import { type Command, InvalidArgumentError } from "commander";
import { outboxesNear } from "../notify/near.ts";

type Finish = (code: number) => void;

/** How `main.ts` reads the words of the command line. */
export interface Parsers {
  readonly duration: (text: string) => number;
  readonly wholeNumber: (text: string) => number;
  readonly dollars: (text: string) => number;
  readonly tagName: (text: string) => string;
}

export function unattendedCommands(program: Command, finish: Finish, parse: Parsers): void {
  notifyCommands(program, finish);
  scheduleCommands(program, finish, parse);
  program.hook("postAction", async (_, action) => flushWhatWaits(action));
}

function notifyCommands(program: Command, finish: Finish): void {
  const notify = program.command("notify").description("who is told: the digest of a sitting, and when it needs you");
  const one = (name: string, description: string) =>
    notify.command(name).description(description).argument("[lab]").option("--json", "machine-readable, versioned");
  one("test", "send a test message to each channel and say what happened")
    .option("--channel <name>", "only this one")
    .action(async (lab, o) => finish(await (await import("./notify.ts")).notifyTestCommand(lab, o)));
  one("list", "the channels, and what waits for them").action(async (lab, o) =>
    finish(await (await import("./notify.ts")).notifyListCommand(lab, o)),
  );
  one("flush", "send what waits because a channel was down").action(async (lab, o) =>
    finish(await (await import("./notify.ts")).notifyFlushCommand(lab, o)),
  );
}

/** At the end of other commands: notifications that could not be sent are tried again. `run` does it all the while. */
async function flushWhatWaits(action: Command): Promise<void> {
  const names = [action.name(), action.parent?.name()];
  if (["run", "notify", "mcp", "schedule"].some((name) => names.includes(name))) return;
  const { lab } = action.opts<{ lab?: unknown }>();
  const named = typeof lab === "string" ? lab : action.args[0];
  const waiting = outboxesNear(named);
  if (waiting.length > 0) await (await import("./notify.ts")).flushInPassing(waiting);
}

function scheduleCommands(program: Command, finish: Finish, parse: Parsers): void {
  const schedule = program.command("schedule").description("a session every night, through cron, systemd or launchd");
  schedule
    .command("add", { isDefault: true })
    .description("install it, in place of an earlier one of this lab: --at 23:00 --for 8h")
    .argument("[lab]", "folder of the lab", ".")
    .requiredOption("--at <time>", "when it begins, by this machine's clock: 23:00", timeOfDay)
    .requiredOption("--for <time>", "how long it works: 8h", parse.duration)
    .option("--tag-prefix <text>", "stands before the day in the session's tag: night-nov24", parse.tagName)
    .option("--agent <kind>", "who proposes", "tuner")
    .option("--slots <n>", "runs at once", parse.wholeNumber)
    .option("--max-dollars <d>", "cap of each night on what the agent costs", parse.dollars)
    .option("--via <what>", "cron, systemd or launchd; default: what this machine has")
    .option("--dry-run", "print exactly what would be installed, change nothing")
    .action(async (lab, o) => finish(await (await import("./schedule.ts")).scheduleCommand(lab, o)));
  schedule
    .command("list")
    .description("what is planned, whether it is installed, and how the last nights went")
    .argument("[lab]")
    .option("--json", "machine-readable, versioned")
    .action(async (lab, o) => finish(await (await import("./schedule.ts")).scheduleListCommand(lab, o)));
  schedule
    .command("remove")
    .description("take it out of the scheduler; the record of the nights stays")
    .argument("[lab]")
    .option("--dry-run", "say what would be removed")
    .action(async (lab, o) => finish(await (await import("./schedule.ts")).scheduleRemoveCommand(lab, o)));
  schedule
    .command("begin")
    .description("what the scheduler starts: begins the night, unless a session runs or it is hours late")
    .argument("<lab>")
    .action(async (lab) => finish(await (await import("./schedule.ts")).scheduleBeginCommand(lab)));
}

function timeOfDay(text: string): string {
  const [, hour = "", minute = ""] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hour !== "" && Number(hour) < 24 && Number(minute) < 60) return `${hour.padStart(2, "0")}:${minute}`;
  throw new InvalidArgumentError(`expected a time of day such as 23:00, found "${text}".`);
}
