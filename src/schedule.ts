/**
 * Every night at a time: what is planned for a lab, and which nights took place. Stands in
 * `<lab>/.nightyard/schedule.json`; cron, systemd or launchd only knocks at the hour.
 *
 * Promises: a night that should have begun and left no record is missed, and said so; days are those of the machine's
 * calendar, so a clock change makes none of them double or missing; the file is replaced as a whole. Not covered: what
 * the machine was doing instead.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "./util/user-error.ts";

const AT = /^([01]\d|2[0-3]):([0-5]\d)$/;
export const VIAS = ["cron", "systemd", "launchd"] as const;
export type Via = (typeof VIAS)[number];

const planSchema = z.strictObject({
  /** Local time, 24 hours. */
  at: z.string().regex(AT),
  /** How long a night works. */
  seconds: z.number().positive(),
  tagPrefix: z.string().max(40),
  agent: z.string().min(1).max(4000),
  slots: z.int().positive().optional(),
  maxDollars: z.number().nonnegative().optional(),
  via: z.enum(VIAS),
  installedAt: z.iso.datetime(),
});
export type Plan = z.infer<typeof planSchema>;

const nightSchema = z.strictObject({
  /** Local day of the planned beginning: 2026-11-23. */
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  at: z.string().regex(AT),
  /** `begun` without an exit code: it runs, or was killed. */
  state: z.enum(["begun", "failed", "missed", "overlap", "late"]),
  tag: z.string().max(100).optional(),
  exitCode: z.int().optional(),
  detail: z.string().max(500).optional(),
  /** The person was told that it did not take place. */
  told: z.boolean().optional(),
});
export type Night = z.infer<typeof nightSchema>;

const scheduleSchema = z.strictObject({
  version: z.literal(1),
  plan: planSchema.optional(),
  nights: z.array(nightSchema).max(1000),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** A night may begin so late; later it is not begun: nobody wants it during the day. */
export const LATE_MS = 3_600_000;
/** Clocks differ: a start that is a little early belongs to the coming night. */
const EARLY_MS = 300_000;
const DAY_MS = 86_400_000;
const MAX_NIGHTS = 400;
const MAX_LOOK_BACK_DAYS = 60;

/** The schedule of a lab, empty when it has none; throws UserError for a file that cannot be read. */
export function readSchedule(stateDir: string): Schedule {
  const file = fileOf(stateDir);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return { version: 1, nights: [] };
  }
  const read = scheduleSchema.safeParse(parse(text));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UserError(`${file}: expected a schedule, found a fault at ${issue?.path.join(".") || "the top"}`, {
    fix: `rm '${file}'   # then: nightyard schedule --at 23:00 --for 8h`,
  });
}

export function writeSchedule(stateDir: string, schedule: Schedule): void {
  const file = fileOf(stateDir);
  const fresh = `${file}.${randomUUID()}.new`;
  const nights = [...schedule.nights].sort((a, b) => keyOf(a).localeCompare(keyOf(b))).slice(-MAX_NIGHTS);
  writeFileSync(fresh, `${JSON.stringify({ ...schedule, nights }, null, 2)}\n`);
  renameSync(fresh, file);
}

/** The schedule with a night as it is now; an earlier record of it is replaced. */
export function withNight(schedule: Schedule, night: Night): Schedule {
  return { ...schedule, nights: [...schedule.nights.filter((n) => keyOf(n) !== keyOf(night)), night] };
}

export interface Planned {
  readonly day: string;
  readonly at: string;
  readonly when: Date;
}

/** The night that a start at `now` belongs to: the latest one planned until then. */
export function nightOf(plan: Plan, now: Date): Planned {
  const today = plannedOn(plan, now, 0);
  return today.when.getTime() <= now.getTime() + EARLY_MS ? today : plannedOn(plan, now, -1);
}

/** The next one after `now`. */
export function nextNight(plan: Plan, now: Date): Planned {
  const today = plannedOn(plan, now, 0);
  return today.when > now ? today : plannedOn(plan, now, 1);
}

/** Nights planned since the installation that have no record though it is too late for them. The oldest first. */
export function missedNights({ plan, nights }: Schedule, now: Date): readonly Night[] {
  if (plan === undefined) return [];
  const known = new Set(nights.map(keyOf));
  const since = Date.parse(plan.installedAt);
  const days = Math.min(MAX_LOOK_BACK_DAYS, Math.ceil((now.getTime() - since) / DAY_MS) + 1);
  const missed: Night[] = [];
  for (let back = days; back >= 0; back -= 1) {
    const { day, at, when } = plannedOn(plan, now, -back);
    const due = when.getTime() > since && when.getTime() + LATE_MS < now.getTime();
    if (due && !known.has(keyOf({ day, at }))) missed.push({ day, at, state: "missed", detail: "machine off?" });
  }
  return missed;
}

/** Nights that did not take place and that nobody was told of; none when there is no schedule or a broken one. */
export function untoldNights(stateDir: string, now: Date): readonly Night[] {
  try {
    const schedule = readSchedule(stateDir);
    const all = [...schedule.nights, ...missedNights(schedule, now)];
    return all.filter((n) => n.state !== "begun" && n.told !== true);
  } catch {
    // `schedule list` says what is wrong with the file; the end of a sitting does not fail for it.
    return [];
  }
}

/** Notes that a person was told of them. */
export function markTold(stateDir: string, nights: readonly Night[]): void {
  if (nights.length === 0) return;
  try {
    const schedule = readSchedule(stateDir);
    writeSchedule(
      stateDir,
      nights.reduce((all, night) => withNight(all, { ...night, told: true }), schedule),
    );
  } catch {
    // then they are told once more
  }
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] as const;

/** "nov23 23:00". */
export function nightName({ day, at }: Pick<Night, "day" | "at">): string {
  const [, month = "1", date = "1"] = day.split("-");
  return `${MONTHS[Number(month) - 1]}${Number(date)} ${at}`;
}

/** "missed: nov23 23:00 (machine off?)". */
export function nightLine(night: Night): string {
  const detail = night.detail === undefined ? "" : ` (${night.detail})`;
  switch (night.state) {
    case "begun": {
      const code = night.exitCode === undefined ? "" : `, exit code ${night.exitCode}`;
      return `begun: ${nightName(night)}, session ${night.tag}${code}`;
    }
    case "missed":
      return `missed: ${nightName(night)}${detail}`;
    case "failed":
      return `failed: ${nightName(night)}${detail}`;
    case "overlap":
    case "late":
      return `not begun: ${nightName(night)}${detail}`;
    default:
      return night.state satisfies never;
  }
}

function plannedOn({ at }: Plan, now: Date, days: number): Planned {
  const [, hour, minute] = AT.exec(at) ?? [];
  const when = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, Number(hour), Number(minute));
  // The day is asked for by noon: an hour that a clock change skips may come out as another day's.
  const noon = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 12);
  const two = (x: number) => String(x).padStart(2, "0");
  return { day: `${noon.getFullYear()}-${two(noon.getMonth() + 1)}-${two(noon.getDate())}`, at, when };
}

function keyOf({ day, at }: Pick<Night, "day" | "at">): string {
  return `${day} ${at}`;
}

function fileOf(stateDir: string): string {
  return join(stateDir, "schedule.json");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
