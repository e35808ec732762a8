/**
 * Channels that are a program on this machine: a person's command, and the desktop's own notifier. They run as the
 * person, outside the sandbox, with a timeout, and nothing of them is left behind.
 */
import os from "node:os";
import { delimiter, join } from "node:path";
import { execute } from "../../execute.ts";
import { isExecutable } from "../../util/executable.ts";
import { oneLine } from "../../util/text.ts";
import type { ChannelOf } from "../config.ts";
import type { Delivered, Delivery } from "../delivered.ts";
import { bodyOf, type Notification } from "../notification.ts";

const OUTPUT_LIMIT_BYTES = 16 * 1024;
const DESKTOP_SECONDS = 5;

/** The person's command: the notification as JSON on standard input. */
export async function command(channel: ChannelOf<"command">, delivery: Delivery): Promise<Delivered> {
  const { run, timeout } = channel;
  const words = typeof run === "string" ? { command: run } : { command: run[0] ?? "", args: run.slice(1) };
  return started({ ...words, stdin: `${JSON.stringify(delivery.notification)}\n` }, timeout, delivery);
}

/** notify-send on Linux, osascript on macOS. */
export async function desktop(_channel: ChannelOf<"desktop">, delivery: Delivery): Promise<Delivered> {
  const path = delivery.env.PATH ?? "/usr/bin:/bin";
  const has = (name: string) => path.split(delimiter).some((dir) => dir !== "" && isExecutable(join(dir, name)));
  const { notification } = delivery;
  if (has("notify-send")) return started(notifySend(notification), DESKTOP_SECONDS, delivery);
  if (has("osascript")) return started(osascript(notification), DESKTOP_SECONDS, delivery);
  return { kind: "refused", why: "neither notify-send nor osascript is on PATH" };
}

function notifySend(n: Notification) {
  const urgency = n.kind === "needs-you" ? "critical" : "normal";
  // A body is markup to most desktops; the title never is.
  const body = bodyOf(n).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return { command: "notify-send", args: ["--app-name=nightyard", `--urgency=${urgency}`, "--", n.title, body] };
}

/** Title and text are arguments, so nothing of them is read as a script. */
function osascript(n: Notification) {
  const lines = ["on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run"];
  return { command: "osascript", args: [...lines.flatMap((line) => ["-e", line]), n.title, bodyOf(n)] };
}

interface Program {
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  readonly stdin?: string | undefined;
}

async function started(program: Program, timeoutSeconds: number, { env, signal }: Delivery): Promise<Delivered> {
  const given = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const { outcome, stdout, stderr } = await execute({
    ...program,
    dir: os.tmpdir(),
    env: Object.fromEntries(given),
    timeoutSeconds,
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
    signal,
  });
  const said = oneLine((stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "", 150);
  switch (outcome.kind) {
    case "finished":
      return { kind: "sent" };
    case "timedOut":
      return { kind: "down", why: `it did not end within ${outcome.afterSeconds} s` };
    case "cancelled":
      return { kind: "down", why: "it was ended at the end of the command" };
    case "crashed":
      return { kind: "down", why: outcome.why ?? `exit code ${outcome.exitCode ?? outcome.signal}: ${said}` };
    default:
      return { kind: "down", why: `${outcome.kind}: ${said}` };
  }
}
