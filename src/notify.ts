/**
 * Telling a person who is not looking. A notification is written into the outbox first and sent by the side: what posts
 * it never waits for a network, and what cannot be sent now is tried again with growing pauses, by this process, by the
 * next command on the lab, or by `nightyard notify flush`.
 *
 * Promises: at least once, with the same id each time; a channel that fails, hangs or lies stops and delays nobody; the
 * end of a sitting waits for a bounded time. Not covered: an event that was recorded in the instant before a power cut
 * and not yet posted; the ledger and the next report have it.
 */
import type { Channel } from "./notify/config.ts";
import { deliver } from "./notify/deliver.ts";
import type { Kind, Notification } from "./notify/notification.ts";
import { enqueue, isStale, postpone, remove, type Waiting, waitingIn } from "./notify/outbox.ts";

export type { Channel } from "./notify/config.ts";

export interface Notifier {
  readonly stateDir: string;
  readonly channels: readonly Channel[];
  readonly env: NodeJS.ProcessEnv;
  /** Told in a few words what went wrong, once per channel. */
  readonly say: (text: string) => void;
  readonly stop: AbortController;
  readonly complained: Set<string>;
  sending: Promise<void> | undefined;
  /** Something came while a pass was on. */
  again: boolean;
  timer: NodeJS.Timeout | undefined;
}

export interface NotifierOptions {
  readonly stateDir: string;
  readonly channels: readonly Channel[];
  readonly env: NodeJS.ProcessEnv;
  readonly say: (text: string) => void;
}

/** Opens it and begins to send what an earlier command could not. */
export function openNotifier(options: NotifierOptions): Notifier {
  const state = { stop: new AbortController(), complained: new Set<string>() };
  const notifier: Notifier = { ...options, ...state, sending: undefined, again: false, timer: undefined };
  pump(notifier);
  return notifier;
}

/** Puts it into the outbox of every channel that wants its kind, and returns; sending goes on by the side. */
export function postNotification(notifier: Notifier, notification: Notification): void {
  const wanted = notifier.channels.filter((c) => c.send.includes(notification.kind as Kind));
  for (const channel of wanted) {
    try {
      const dropped = enqueue(notifier.stateDir, notification, channel.name, Date.now());
      if (dropped > 0) complain(notifier, "outbox", `${dropped} old notifications were dropped: too many wait`);
    } catch (error) {
      complain(notifier, "outbox", `a notification could not be written down: ${(error as Error).message}`);
    }
  }
  if (wanted.length > 0) pump(notifier);
}

/** Waits until nothing is being sent, at most `boundMs`, and lets go. Answers how many still wait. */
export async function closeNotifier(notifier: Notifier, boundMs: number): Promise<number> {
  clearTimeout(notifier.timer);
  const bound = setTimeout(() => notifier.stop.abort(), boundMs);
  while (notifier.sending !== undefined) await notifier.sending;
  clearTimeout(bound);
  notifier.stop.abort();
  clearTimeout(notifier.timer);
  return waitingIn(notifier.stateDir).length;
}

export interface Passed {
  readonly sent: readonly Waiting[];
  readonly failed: readonly { readonly waiting: Waiting; readonly why: string }[];
  /** Too old, or for a channel that is no longer configured; they are not kept. */
  readonly dropped: readonly Waiting[];
}

export interface PassOptions {
  readonly stateDir: string;
  readonly channels: readonly Channel[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Also what is in a pause. */
  readonly all: boolean;
}

/** One look at the outbox: everything that is due is tried once, the channels beside each other. */
export async function pass(options: PassOptions): Promise<Passed> {
  const passed = { sent: [] as Waiting[], failed: [] as { waiting: Waiting; why: string }[], dropped: [] as Waiting[] };
  const now = Date.now();
  const byChannel = new Map<string, Waiting[]>();
  for (const waiting of waitingIn(options.stateDir)) {
    if (isStale(waiting, now)) {
      remove(options.stateDir, waiting);
      passed.dropped.push(waiting);
    } else if (options.all || Date.parse(waiting.nextAt) <= now) {
      byChannel.set(waiting.channel, [...(byChannel.get(waiting.channel) ?? []), waiting]);
    }
  }
  await Promise.all([...byChannel].map(([name, all]) => passChannel(options, name, all, passed)));
  return passed;
}

async function passChannel(
  { stateDir, channels, env, signal }: PassOptions,
  name: string,
  all: readonly Waiting[],
  passed: { sent: Waiting[]; failed: { waiting: Waiting; why: string }[] },
): Promise<void> {
  const channel = channels.find((c) => c.name === name);
  let down: string | undefined;
  for (const waiting of all) {
    // A channel that has just failed is not asked again for the others: they wait as long as the first.
    const done =
      channel === undefined
        ? { kind: "refused" as const, why: `no channel "${name}" is configured` }
        : down !== undefined
          ? { kind: "down" as const, why: down }
          : await deliver(channel, { notification: waiting.notification, env, signal });
    if (done.kind === "sent") {
      remove(stateDir, waiting);
      passed.sent.push(waiting);
    } else {
      down = done.why;
      const retryAfter = done.kind === "down" ? done.retryAfterMs : undefined;
      passed.failed.push({ waiting: postpone(stateDir, waiting, done.why, Date.now(), retryAfter), why: done.why });
    }
  }
}

/** One pass at a time; another one follows when something came meanwhile. */
function pump(notifier: Notifier): void {
  if (notifier.sending !== undefined) {
    notifier.again = true;
    return;
  }
  if (notifier.stop.signal.aborted) return;
  clearTimeout(notifier.timer);
  notifier.again = false;
  notifier.sending = passOnce(notifier).finally(() => {
    notifier.sending = undefined;
    if (notifier.again) pump(notifier);
    else wakeForNext(notifier);
  });
}

async function passOnce(notifier: Notifier): Promise<void> {
  try {
    const { stateDir, channels, env, stop } = notifier;
    const { failed, dropped } = await pass({ stateDir, channels, env, signal: stop.signal, all: false });
    for (const { waiting, why } of failed) {
      complain(notifier, waiting.channel, `notify ${waiting.channel}: ${why}; it is kept and tried again`);
    }
    for (const { channel } of dropped) complain(notifier, channel, `notify ${channel}: a notification was too old`);
  } catch (error) {
    complain(notifier, "outbox", `notifications cannot be sent: ${(error as Error).message}`);
  }
}

/** Sleeps until the next one is due; the timer keeps no process alive. */
function wakeForNext(notifier: Notifier): void {
  if (notifier.stop.signal.aborted) return;
  const next = waitingIn(notifier.stateDir).map((w) => Date.parse(w.nextAt));
  if (next.length === 0) return;
  const pause = Math.max(1000, Math.min(...next) - Date.now());
  notifier.timer = setTimeout(() => pump(notifier), pause);
  notifier.timer.unref();
}

function complain(notifier: Notifier, about: string, text: string): void {
  if (notifier.complained.has(about)) return;
  notifier.complained.add(about);
  notifier.say(`! ${text}`);
}
