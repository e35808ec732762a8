/**
 * `nightyard schedule`: a session every night. Installs a job into the machine's scheduler, shows and removes it, and
 * (`schedule begin`, what the scheduler starts) begins the night: not beside another session, not hours late, and with
 * the nights that did not take place written down first.
 */
import { join } from "node:path";
import { agentOf } from "../kinds.ts";
import { runningHolder } from "../ledger/lock.ts";
import { formatDuration } from "../program/duration.ts";
import { install, installText, isInstalled, uninstall, viaHere } from "../schedule/install.ts";
import { jobOf, scriptText } from "../schedule/job.ts";
import {
  LATE_MS,
  missedNights,
  type Night,
  nextNight,
  nightLine,
  nightName,
  nightOf,
  type Plan,
  readSchedule,
  type Schedule,
  VIAS,
  type Via,
  withNight,
  writeSchedule,
} from "../schedule.ts";
import { needProgram } from "../session.ts";
import { span } from "../util/format.ts";
import { oneLine } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { ensureStateDir, openWorkspace, packageRoot, type Workspace } from "../workspace.ts";
import { workspaceForReading, workspaceForRun } from "./lab.ts";
import { freshTag, runCommand } from "./run.ts";

export interface ScheduleOptions {
  readonly at: string;
  /** Seconds. */
  readonly for: number;
  readonly tagPrefix?: string | undefined;
  readonly agent: string;
  readonly slots?: number | undefined;
  readonly maxDollars?: number | undefined;
  readonly via?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

const SHOWN_NIGHTS = 14;

/** Installs a night's start, in place of an earlier one of this lab. */
export async function scheduleCommand(lab: string, options: ScheduleOptions): Promise<number> {
  const via = viaOf(options.via);
  agentOf(options.agent);
  const ws = options.dryRun ? await workspaceForReading(lab) : await workspaceForRun(lab);
  await needProgram(ws);
  const plan = planOf(options, via);
  const job = jobOf(ws.labDir, ws.stateDir, plan.at);
  const bin = join(packageRoot(), "bin", "nightyard.js");
  const script = scriptText(job, { node: process.execPath, bin, env: process.env });
  if (options.dryRun) {
    process.stdout.write(installText(job, via, script, process.env));
    return EXIT.ok;
  }
  await ensureStateDir(ws);
  const before = readSchedule(ws.stateDir);
  if (before.plan !== undefined && before.plan.via !== via) {
    uninstall(jobOf(ws.labDir, ws.stateDir, before.plan.at), before.plan.via, process.env);
  }
  const said = install(job, via, script, process.env);
  writeSchedule(ws.stateDir, { ...withMissed(before, new Date()), plan });
  for (const text of said) process.stderr.write(`${text}\n`);
  if (bin.includes("_npx")) process.stderr.write("! this nightyard lies in npx's cache, which may be emptied\n");
  process.stdout.write(`${planLine(ws, plan)}\nnext: ${nightName(nextNight(plan, new Date()))}\n`);
  return EXIT.ok;
}

export interface ScheduleReadOptions {
  readonly json?: boolean | undefined;
}

/** What is planned, whether it is installed, and how the last nights went. */
export async function scheduleListCommand(lab: string | undefined, options: ScheduleReadOptions): Promise<number> {
  const ws = await workspaceForReading(lab);
  const now = new Date();
  const schedule = withMissed(readSchedule(ws.stateDir), now);
  const { plan } = schedule;
  const installed = plan !== undefined && isInstalled(jobOf(ws.labDir, ws.stateDir, plan.at), plan.via, process.env);
  const next = plan === undefined ? undefined : nextNight(plan, now).when.toISOString();
  if (options.json) {
    const nights = schedule.nights.map(({ told: _, ...night }) => night);
    process.stdout.write(`${JSON.stringify({ version: 1, lab: ws.labDir, plan, installed, next, nights })}\n`);
    return EXIT.ok;
  }
  const head =
    plan === undefined
      ? [`${ws.labDir}: nothing is scheduled`]
      : [
          planLine(ws, plan),
          installed ? "installed: yes" : `installed: NO, ${plan.via} does not have it (any more): schedule it again`,
          `next: ${nightName(nextNight(plan, now))}`,
        ];
  const nights = schedule.nights.slice(-SHOWN_NIGHTS).map(nightLine);
  process.stdout.write(`${[...head, ...nights].join("\n")}\n`);
  return EXIT.ok;
}

/** Takes the job out of the scheduler; the record of the nights stays. */
export async function scheduleRemoveCommand(
  lab: string | undefined,
  options: { readonly dryRun?: boolean | undefined },
): Promise<number> {
  const ws = await workspaceForReading(lab);
  const { plan, ...schedule } = withMissed(readSchedule(ws.stateDir), new Date());
  if (plan === undefined) {
    process.stdout.write(`${ws.labDir}: nothing is scheduled\n`);
    return EXIT.ok;
  }
  if (options.dryRun) {
    process.stdout.write(`would remove: ${planLine(ws, plan)}\n`);
    return EXIT.ok;
  }
  for (const text of uninstall(jobOf(ws.labDir, ws.stateDir, plan.at), plan.via, process.env)) {
    process.stderr.write(`${text}\n`);
  }
  writeSchedule(ws.stateDir, schedule);
  process.stdout.write(`removed: ${planLine(ws, plan)}\n`);
  return EXIT.ok;
}

/** What the scheduler starts at the hour. */
export async function scheduleBeginCommand(lab: string): Promise<number> {
  const ws = await openWorkspace(lab);
  const now = new Date();
  const schedule = withMissed(readSchedule(ws.stateDir), now);
  const { plan } = schedule;
  if (plan === undefined) {
    throw new UserError(`${ws.labDir}: nothing is scheduled`, { fix: "nightyard schedule --at 23:00 --for 8h" });
  }
  const { day, at, when } = nightOf(plan, now);
  const notBegun = notBegunWhy(ws, schedule, { day, at, when }, now);
  if (notBegun !== undefined) {
    const night: Night = { day, at, ...notBegun };
    // A night that did begin keeps its record.
    const kept = schedule.nights.some((n) => n.day === day && n.at === at && n.state === "begun");
    writeSchedule(ws.stateDir, kept ? schedule : withNight(schedule, night));
    process.stderr.write(`${nightLine(night)}\n`);
    return EXIT.failed;
  }
  const tag = await freshTag(ws, plan.tagPrefix, when);
  const begun: Night = { day, at, state: "begun", tag };
  writeSchedule(ws.stateDir, withNight(schedule, begun));
  process.stderr.write(`${now.toISOString()} ${nightLine(begun)}\n`);
  return runNight(ws, plan, begun);
}

async function runNight(ws: Workspace, plan: Plan, begun: Night): Promise<number> {
  const note = (night: Night) => writeSchedule(ws.stateDir, withNight(readSchedule(ws.stateDir), night));
  const { agent, slots, maxDollars, seconds } = plan;
  // The same defaults as the command line has.
  const options = { tag: begun.tag, for: seconds, agent, slots, maxDollars, runner: "local", sandbox: sandboxFrom() };
  try {
    const exitCode = await runCommand(ws.labDir, options);
    note({ ...begun, exitCode });
    return exitCode;
  } catch (error) {
    note({ ...begun, state: "failed", detail: oneLine((error as Error).message, 300) });
    throw error;
  }
}

function sandboxFrom(): string {
  return process.env.NIGHTYARD_SANDBOX || "require";
}

type NotBegun = Pick<Night, "state" | "detail">;

function notBegunWhy(
  ws: Workspace,
  schedule: Schedule,
  { day, at, when }: { readonly day: string; readonly at: string; readonly when: Date },
  now: Date,
): NotBegun | undefined {
  const holder = runningHolder(ws.stateDir);
  if (holder !== undefined) {
    const since = holder.since === undefined ? "" : ` since ${holder.since}`;
    const detail = `process ${holder.pid} runs session ${holder.tag ?? "?"}${since}`;
    return { state: "overlap", detail: oneLine(detail, 300) };
  }
  const late = now.getTime() - when.getTime();
  if (late > LATE_MS) return { state: "late", detail: `started ${span(late / 1000)} late` };
  const before = schedule.nights.find((n) => n.day === day && n.at === at);
  return before?.state === "begun" ? { state: "overlap", detail: `it was begun already: ${before.tag}` } : undefined;
}

function withMissed(schedule: Schedule, now: Date): Schedule {
  return missedNights(schedule, now).reduce(withNight, schedule);
}

function planOf(options: ScheduleOptions, via: Via): Plan {
  const { at, agent, slots, maxDollars } = options;
  return {
    at,
    seconds: options.for,
    tagPrefix: options.tagPrefix ?? "",
    agent,
    ...(slots === undefined ? {} : { slots }),
    ...(maxDollars === undefined ? {} : { maxDollars }),
    via,
    installedAt: new Date().toISOString(),
  };
}

function viaOf(given: string | undefined): Via {
  if (given === undefined) return viaHere(process.env, process.platform);
  const via = VIAS.find((one) => one === given);
  if (via !== undefined) return via;
  throw new UserError(`--via: expected ${VIAS.join(", ")}, found "${oneLine(given, 60)}"`);
}

function planLine(ws: Workspace, plan: Plan): string {
  const how = `for ${formatDuration(plan.seconds)}, agent ${oneLine(plan.agent, 100)}, through ${plan.via}`;
  return `${ws.labDir}: every night at ${plan.at} ${how}`;
}
