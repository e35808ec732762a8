/**
 * What a person hands to a session from another process: notes, tags and changes of their own, as small files in
 * `.nightyard/inbox/`. The ledger has one writer, so nobody but the loop writes into it; the loop takes the files at
 * its next step.
 *
 * Promises: a file is there as a whole or not at all; it is removed only after the ledger has its name, and a name that
 * the ledger has is not taken again; the order is that of handing in; with no session running they wait for the next
 * one. A file that is no message is set aside, never repaired. Not covered: who wrote it. A sandboxed run or agent
 * cannot write there; without a sandbox it could.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Commit } from "./experiment.ts";
import { MOST_TAGS, TAG } from "./tags.ts";
import { plainText } from "./util/text.ts";

const commit = z
  .string()
  .regex(/^[0-9a-f]{40,64}$/)
  .transform((text) => text as Commit);

const Message = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("note"), text: z.string().min(1).max(1000) }),
  z.strictObject({
    kind: z.literal("change"),
    commit,
    /** The commit that the change is a change of; missing: where it and the champion have parted. */
    base: commit.optional(),
    hypothesis: z.string().min(1).max(400),
    description: z.string().max(4000),
  }),
  /** Tags on an experiment of any session of the lab. */
  z.strictObject({
    kind: z.literal("tag"),
    session: z.string().min(1).max(100),
    experiment: z.number().int().nonnegative(),
    add: z.array(z.string().regex(TAG)).max(MOST_TAGS),
    remove: z.array(z.string().regex(TAG)).max(MOST_TAGS),
  }),
]);

export type Message = z.infer<typeof Message>;
export type Note = Extract<Message, { kind: "note" }>;
export type HandedIn = Extract<Message, { kind: "change" }>;
export type TagMessage = Extract<Message, { kind: "tag" }>;
export type Spooled<M extends Message = Message> = M & { readonly id: string };

/** So many may wait; more are refused. */
export const MAX_WAITING = 100;
const MAX_BYTES = 32 * 1024;
const NAME = /^(\d{14}-[0-9a-f]{8})-(note|change|tag)\.json$/;

/** A fresh name; names sort by time. */
export function spoolId(now = Date.now()): string {
  return `${String(now).padStart(14, "0")}-${randomBytes(4).toString("hex")}`;
}

/** Hands a message in; undefined when too many wait already. `id`: from `spoolId`. */
export async function handIn(stateDir: string, id: string, message: Message): Promise<string | undefined> {
  const dir = spoolDir(stateDir);
  await mkdir(dir, { recursive: true });
  if ((await namesIn(stateDir)).length >= MAX_WAITING) return undefined;
  const file = join(dir, `${id}-${message.kind}.json`);
  const fresh = `${file}.new`;
  const handle = await open(fresh, "wx", 0o600);
  try {
    await handle.writeFile(JSON.stringify(Message.parse(message)));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  return id;
}

/** What waits, the first one first. `kind`: only those. Files that cannot be read as a message come as `faults`. */
export async function waitingIn<K extends Message["kind"]>(stateDir: string, kind: K): Promise<Waiting<K>> {
  const messages: Spooled<Extract<Message, { kind: K }>>[] = [];
  const faults: { readonly id: string; readonly why: string }[] = [];
  for (const { id, name } of (await namesIn(stateDir)).filter((n) => n.kind === kind)) {
    const read = await readMessage(join(spoolDir(stateDir), name));
    if (typeof read === "string") faults.push({ id, why: read });
    else if (read !== undefined && read.kind === kind) {
      messages.push({ ...(read as Extract<Message, { kind: K }>), id });
    }
  }
  return { messages, faults };
}

export interface Waiting<K extends Message["kind"]> {
  readonly messages: readonly Spooled<Extract<Message, { kind: K }>>[];
  readonly faults: readonly { readonly id: string; readonly why: string }[];
}

/** How many of a kind wait: cheap enough for every step. */
export async function countIn(stateDir: string, kind: Message["kind"]): Promise<number> {
  return (await namesIn(stateDir)).filter((n) => n.kind === kind).length;
}

/** A person who waits for a page to move does not notice half a second; one look is one `readdir`. */
const LOOK_MS = 500;

/** Resolves as soon as a change waits, or when the signal is aborted. */
export async function untilHandedIn(stateDir: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await countIn(stateDir, "change")) === 0) {
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Removes what the ledger has. */
export async function forget(stateDir: string, id: string, kind: Message["kind"]): Promise<void> {
  await rm(join(spoolDir(stateDir), `${id}-${kind}.json`), { force: true });
}

/** Sets a file aside that is no message, under a name that is not looked at again. */
export async function setAside(stateDir: string, id: string, kind: Message["kind"]): Promise<void> {
  const file = join(spoolDir(stateDir), `${id}-${kind}.json`);
  await rename(file, `${file}.refused`).catch(() => undefined);
}

function spoolDir(stateDir: string): string {
  return join(stateDir, "inbox");
}

async function namesIn(stateDir: string): Promise<readonly { id: string; kind: string; name: string }[]> {
  const names = await readdir(spoolDir(stateDir)).catch(() => []);
  return names.sort().flatMap((name) => {
    const [, id, kind] = NAME.exec(name) ?? [];
    return id === undefined || kind === undefined ? [] : [{ id, kind, name }];
  });
}

/** The message; why it is none; or undefined when it is gone. Without following links or waiting for a pipe. */
async function readMessage(file: string): Promise<Message | string | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((error: NodeJS.ErrnoException) => error);
  if (handle instanceof Error) return handle.code === "ENOENT" ? undefined : handle.message;
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > MAX_BYTES) return `no file of at most ${MAX_BYTES} bytes`;
    const parsed = Message.safeParse(JSON.parse(await handle.readFile("utf8")));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return plainText(`${issue?.path.join(".") ?? ""}: ${issue?.message}`, 300);
  } catch (error) {
    return plainText((error as Error).message, 300);
  } finally {
    await handle.close();
  }
}
