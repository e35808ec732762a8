/**
 * What is still to be told: one small file per notification and channel in `<lab>/.nightyard/outbox`. It is there
 * before anything is sent and goes when the channel has taken it, so a process that dies in between tells it again,
 * with the same id.
 *
 * Promises: a file is there as a whole or not at all; no secret is in it; at most `MAX_WAITING` wait, and none longer
 * than `MAX_AGE_MS`. A file that is no notification is set aside. Not covered: two processes that send at the same
 * moment both do: at least once, not exactly once.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Notification, notificationSchema } from "./notification.ts";

export const MAX_WAITING = 200;
export const MAX_AGE_MS = 3 * 86_400_000;
const MAX_BYTES = 32 * 1024;
/** Pauses after the first, second, … failed try; the last one again and again. */
export const PAUSES_MS = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000] as const;

const waitingSchema = z.strictObject({
  version: z.literal(1),
  channel: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  notification: notificationSchema,
  since: z.iso.datetime(),
  tries: z.int().nonnegative(),
  nextAt: z.iso.datetime(),
  why: z.string().max(400).optional(),
});
export type Waiting = z.infer<typeof waitingSchema>;

const NAME = /^notify-[a-z-]{1,20}-[0-9a-f]{20}-[a-z][a-z0-9-]{0,31}\.json$/;

function folderOf(stateDir: string): string {
  return join(stateDir, "outbox");
}

function fileOf(stateDir: string, { notification, channel }: Waiting): string {
  return join(folderOf(stateDir), `notify-${notification.id}-${channel}.json`);
}

/** Puts a notification into the outbox for a channel; the oldest ones make room. Answers how many were dropped. */
export function enqueue(stateDir: string, notification: Notification, channel: string, now: number): number {
  mkdirSync(folderOf(stateDir), { recursive: true });
  const room = waitingIn(stateDir);
  const dropped = room.slice(0, Math.max(0, room.length - MAX_WAITING + 1));
  for (const one of dropped) remove(stateDir, one);
  const at = new Date(now).toISOString();
  write(stateDir, { version: 1, channel, notification, since: at, tries: 0, nextAt: at });
  return dropped.length;
}

/** Notes a failed try: it is tried again after a pause, at least `retryAfterMs`. */
export function postpone(stateDir: string, waiting: Waiting, why: string, now: number, retryAfterMs = 0): Waiting {
  const pause = PAUSES_MS[Math.min(waiting.tries, PAUSES_MS.length - 1)] ?? 0;
  const nextAt = new Date(now + Math.max(pause, Math.min(retryAfterMs, 3_600_000))).toISOString();
  const next = { ...waiting, tries: waiting.tries + 1, nextAt, why: why.slice(0, 400) };
  write(stateDir, next);
  return next;
}

/** It was taken, or nobody shall have it any more. */
export function remove(stateDir: string, waiting: Waiting): void {
  rmSync(fileOf(stateDir, waiting), { force: true });
}

/** Too old to be news. */
export function isStale(waiting: Waiting, now: number): boolean {
  return now - Date.parse(waiting.since) > MAX_AGE_MS;
}

/** All that waits, the oldest first. */
export function waitingIn(stateDir: string): readonly Waiting[] {
  const folder = folderOf(stateDir);
  const found = listed(folder).flatMap((name) => {
    const file = join(folder, name);
    const read = waitingSchema.safeParse(parse(file));
    if (read.success && fileOf(stateDir, read.data) === file) return [read.data];
    setAside(file);
    return [];
  });
  return found.sort((a, b) => a.since.localeCompare(b.since));
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name));
  } catch {
    return [];
  }
}

/** A file that another process has just sent is gone, and no fault. */
function setAside(file: string): void {
  try {
    renameSync(file, `${file}.refused`);
  } catch {
    // gone
  }
}

function write(stateDir: string, waiting: Waiting): void {
  const file = fileOf(stateDir, waiting);
  const fresh = `${file}.${process.pid}.new`;
  const handle = openSync(fresh, "w", 0o600);
  try {
    writeFileSync(handle, `${JSON.stringify(waiting)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(fresh, file);
}

function parse(file: string): unknown {
  try {
    const text = readFileSync(file, "utf8");
    return text.length > MAX_BYTES ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
