/**
 * What the machine's scheduler starts: one small shell script per lab, the same for cron, systemd and launchd. It
 * brings the environment of the person who installed it along, because a scheduler has none: without PATH neither node
 * nor an agent is found. Pure.
 *
 * Promises: no key is written down. What an agent or a channel needs as a secret stands in `~/.config/nightyard/env`,
 * which the person writes and the script reads.
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { shellWord } from "./quote.ts";

export interface Job {
  /** Of the lab, in names of units and in markers. */
  readonly id: string;
  readonly labDir: string;
  readonly stateDir: string;
  readonly hour: number;
  readonly minute: number;
}

export interface Command {
  readonly node: string;
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where programs are found, how the command behaves, and what a desktop's notifier needs. No secret is among them. */
const CARRIED = [
  "PATH",
  "LANG",
  "XDG_CONFIG_HOME",
  "NIGHTYARD_SANDBOX",
  "NIGHTYARD_NOTIFY",
  "NIGHTYARD_AGENT_PATH",
  "XDG_RUNTIME_DIR",
  "DBUS_SESSION_BUS_ADDRESS",
  "DISPLAY",
  "WAYLAND_DISPLAY",
] as const;

export function jobOf(labDir: string, stateDir: string, at: string): Job {
  const [hour = "0", minute = "0"] = at.split(":");
  const id = createHash("sha256").update(labDir).digest("hex").slice(0, 8);
  return { id, labDir, stateDir, hour: Number(hour), minute: Number(minute) };
}

export function scriptFile({ stateDir }: Job): string {
  return join(stateDir, "schedule.sh");
}

export function scriptText(job: Job, { node, bin, env }: Command): string {
  const carried = CARRIED.flatMap((name) => {
    const value = env[name];
    if (value === undefined || value === "" || /[\n\0]/.test(value)) return [];
    return [`export ${name}=${shellWord(name === "NIGHTYARD_NOTIFY" ? resolve(value) : value)}`];
  });
  const log = shellWord(join(job.stateDir, "schedule.log"));
  return `${[
    "#!/bin/sh",
    "# Made by `nightyard schedule`, which replaces it. Keys do not belong here but into the file named below.",
    ...carried,
    `keys="\${XDG_CONFIG_HOME:-$HOME/.config}/nightyard/env"`,
    'if [ -r "$keys" ]; then set -a; . "$keys"; set +a; fi',
    `cd ${shellWord(job.labDir)} || exit 1`,
    `log=${log}`,
    'if [ -f "$log" ] && [ "$(wc -c <"$log")" -gt 5000000 ]; then mv -f "$log" "$log.1"; fi',
    `exec ${shellWord(node)} ${shellWord(bin)} schedule begin ${shellWord(job.labDir)} >>"$log" 2>&1`,
  ].join("\n")}\n`;
}
