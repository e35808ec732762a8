/**
 * `nightyard notify`: try the channels, see them, send what waits. And what every other command does in passing: one
 * bounded look at the outbox of its lab.
 */
import { loadChannels, ownConfigFile } from "../notify/config-file.ts";
import { deliver } from "../notify/deliver.ts";
import { notificationOf } from "../notify/notification.ts";
import { type Waiting, waitingIn } from "../notify/outbox.ts";
import { type Channel, type Passed, pass } from "../notify.ts";
import { plural } from "../util/format.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { workspaceForReading } from "./lab.ts";

export interface NotifyOptions {
  readonly channel?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What other commands wait for at most when something is due. */
const PASSING_MS = 2_000;
const FLUSH_MS = 60_000;

/** Sends a test message to each channel, by itself and at once; 1 when one failed. */
export async function notifyTestCommand(lab: string | undefined, options: NotifyOptions): Promise<number> {
  const { file, channels } = await loadChannels(await stateDirOf(lab), process.env);
  const chosen = choose(file, channels, options.channel);
  const at = new Date().toISOString();
  const lines = ["This is a test. A digest at the end of a sitting and “needs you” will look like it."];
  const notification = notificationOf({ kind: "test", at, about: `${at} ${process.pid}`, title: "test", lines });
  const signal = AbortSignal.timeout(FLUSH_MS);
  const results = await Promise.all(
    chosen.map(async (channel) => {
      const done = await deliver(channel, { notification, env: process.env, signal });
      return { channel: channel.name, kind: channel.kind, sent: done.kind === "sent", ...why(done) };
    }),
  );
  if (options.json) process.stdout.write(`${JSON.stringify({ version: 1, id: notification.id, results })}\n`);
  else
    for (const r of results) process.stdout.write(`${row(r.channel, r.kind, r.sent ? "sent" : `FAILED: ${r.why}`)}\n`);
  return results.every((r) => r.sent) ? EXIT.ok : EXIT.failed;
}

/** The channels, whether their variables are set, and what waits for them. */
export async function notifyListCommand(lab: string | undefined, options: NotifyOptions): Promise<number> {
  const stateDir = await stateDirOf(lab);
  const { file, channels } = await loadChannels(stateDir, process.env);
  const waiting = stateDir === undefined ? [] : waitingIn(stateDir);
  const rows = channels.map((c) => ({ channel: c.name, kind: c.kind, send: c.send, unset: unsetOf(c) }));
  if (options.json) {
    const short = waiting.map(({ channel, notification: n, since, tries, nextAt, why }) => {
      return { channel, id: n.id, since, tries, nextAt, ...(why === undefined ? {} : { why }) };
    });
    process.stdout.write(`${JSON.stringify({ version: 1, file, channels: rows, waiting: short })}\n`);
    return EXIT.ok;
  }
  const head = file === undefined ? `nobody is notified: there is no ${ownConfigFile(process.env)}` : file;
  const text = rows.map((r) => {
    const missing = r.unset.length === 0 ? "" : `   NOT SET: ${r.unset.join(", ")}`;
    return row(r.channel, r.kind, `${r.send.join(", ")}${missing}`);
  });
  const late = waiting.map((w) => row(w.channel, "waits", `${w.notification.id}, ${triesOf(w)}`));
  process.stdout.write(`${[head, ...text, ...late].join("\n")}\n`);
  return EXIT.ok;
}

/** Sends what waits, also what is in a pause; 1 when something still waits. */
export async function notifyFlushCommand(lab: string | undefined, options: NotifyOptions): Promise<number> {
  const { stateDir } = await workspaceForReading(lab);
  const { channels } = await loadChannels(stateDir, process.env);
  const signal = AbortSignal.timeout(FLUSH_MS);
  const passed = await pass({ stateDir, channels, env: process.env, signal, all: true });
  if (options.json) process.stdout.write(`${JSON.stringify({ version: 1, ...idsOf(passed) })}\n`);
  else process.stdout.write(`${flushText(passed)}\n`);
  return passed.failed.length === 0 ? EXIT.ok : EXIT.failed;
}

/** After any other command: what is due is tried once, all within a bounded time. Says nothing and fails nothing. */
export async function flushInPassing(stateDirs: readonly string[]): Promise<void> {
  const signal = AbortSignal.timeout(PASSING_MS);
  for (const stateDir of stateDirs) {
    try {
      const { channels } = await loadChannels(stateDir, process.env);
      await pass({ stateDir, channels, env: process.env, signal, all: false });
    } catch {
      // A configuration with a fault is the concern of `run` and `notify`, which say so.
    }
  }
}

/** Of a lab, when there is one here: trying the channels needs none. */
async function stateDirOf(lab: string | undefined): Promise<string | undefined> {
  try {
    return (await workspaceForReading(lab)).stateDir;
  } catch (error) {
    if (lab === undefined && error instanceof UserError) return undefined;
    throw error;
  }
}

function choose(file: string | undefined, channels: readonly Channel[], name: string | undefined): readonly Channel[] {
  if (file === undefined || channels.length === 0) {
    const found = file === undefined ? "no file" : `none in ${file}`;
    throw new UserError(`expected a channel to send to, found ${found}`, {
      fix: `write ${ownConfigFile(process.env)}   # docs/notifications.md has an example`,
    });
  }
  if (name === undefined) return channels;
  const found = channels.filter((c) => c.name === name);
  if (found.length > 0) return found;
  throw new UserError(`--channel: expected one of ${channels.map((c) => c.name).join(", ")}, found "${name}"`, {
    fix: "nightyard notify list",
  });
}

/** Names of variables that a channel needs and that are not set. */
function unsetOf(channel: Channel): readonly string[] {
  const fields: readonly string[] = FIELDS[channel.kind];
  const values = fields.map((field) => (channel as unknown as Record<string, unknown>)[field]);
  const named = values.filter((v): v is string => typeof v === "string" && v.startsWith("$"));
  return named.filter((v) => !process.env[v.slice(1)]);
}

/** Fields that may be the name of a variable. */
const FIELDS = {
  ntfy: ["topic", "token"],
  webhook: ["url", "secret"],
  slack: ["url"],
  email: ["user", "password"],
  desktop: [],
  command: [],
} as const;

function why(done: { readonly kind: string; readonly why?: string }): { why?: string } {
  return done.why === undefined ? {} : { why: done.why };
}

function row(name: string, kind: string, text: string): string {
  return `${name.padEnd(16)} ${kind.padEnd(8)} ${text}`;
}

function triesOf(w: Waiting): string {
  return `${plural(w.tries, "try").replace("trys", "tries")}${w.why === undefined ? "" : `, the last: ${w.why}`}`;
}

function idsOf({ sent, failed, dropped }: Passed) {
  const id = ({ channel, notification }: Waiting) => ({ channel, id: notification.id });
  return {
    sent: sent.map(id),
    failed: failed.map((f) => ({ ...id(f.waiting), why: f.why })),
    dropped: dropped.map(id),
  };
}

function flushText({ sent, failed, dropped }: Passed): string {
  if (sent.length + failed.length + dropped.length === 0) return "nothing waits";
  return [
    ...sent.map((w) => row(w.channel, "sent", w.notification.id)),
    ...failed.map(({ waiting, why }) => row(waiting.channel, "waits", `${waiting.notification.id}: ${why}`)),
    ...dropped.map((w) => row(w.channel, "dropped", `${w.notification.id}: too old`)),
  ].join("\n");
}
