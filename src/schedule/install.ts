/**
 * Putting a job into the machine's scheduler, seeing whether it is there, and taking it out.
 *
 * Promises: what cannot be read is not written over; the crontab that was there is kept beside the ledger, and what was
 * written is read back; installing again replaces. Not covered: whether the scheduler itself is running.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Via } from "../schedule.ts";
import { isExecutable } from "../util/executable.ts";
import { oneLine } from "../util/text.ts";
import { UserError } from "../util/user-error.ts";
import { cronBlock, editCrontab } from "./cron.ts";
import { type Job, scriptFile } from "./job.ts";
import { launchdLabel, launchdPlist } from "./launchd.ts";
import { systemdUnits, timerName } from "./systemd.ts";

const TIMEOUT_MS = 20_000;
const MAX_BACKUPS = 5;

/** The scheduler of this machine; throws UserError when there is none that we know. */
export function viaHere(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Via {
  if (platform === "darwin") return "launchd";
  if (has("systemctl", env) && call("systemctl", ["--user", "show-environment"], env).ok) return "systemd";
  if (has("crontab", env)) return "cron";
  throw new UserError("expected cron, systemd for this user or launchd, found none of them", {
    fix: "apt-get install cron   # or start `nightyard schedule begin <lab>` by a scheduler of your own",
  });
}

/** Installs it; answers what a person should know or do about it. */
export function install(job: Job, via: Via, script: string, env: NodeJS.ProcessEnv): readonly string[] {
  refuse(job, via);
  if (via === "cron") needCrontab(env);
  writeFileSync(scriptFile(job), script, { mode: 0o700 });
  if (via === "cron") return changeCrontab(job, cronBlock(job), env);
  for (const { path, text } of filesOf(job, via, env)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  for (const [program = "", ...args] of commandsOf(job, via, env)) {
    // Nothing is there to be let go of, the first time.
    if (args[0] === "bootout") call(program, args, env);
    else must(program, args, env);
  }
  return via === "systemd" ? ["units of yours end when you log out, unless: loginctl enable-linger"] : [];
}

/** Takes it out; what is not there is no fault. */
export function uninstall(job: Job, via: Via, env: NodeJS.ProcessEnv): readonly string[] {
  const said = via === "cron" ? changeCrontab(job, undefined, env) : [];
  if (via === "systemd") call("systemctl", ["--user", "disable", "--now", timerName(job)], env);
  if (via === "launchd") call("launchctl", ["bootout", `gui/${userId()}/${launchdLabel(job)}`], env);
  for (const { path } of filesOf(job, via, env)) rmSync(path, { force: true });
  if (via === "systemd") call("systemctl", ["--user", "daemon-reload"], env);
  rmSync(scriptFile(job), { force: true });
  return said;
}

/** Whether the scheduler has it as it should be. */
export function isInstalled(job: Job, via: Via, env: NodeJS.ProcessEnv): boolean {
  if (!existsSync(scriptFile(job))) return false;
  if (via === "cron") return has("crontab", env) && readCrontab(env).includes(`${cronBlock(job).join("\n")}\n`);
  return filesOf(job, via, env).every(({ path, text }) => existsSync(path) && readFileSync(path, "utf8") === text);
}

/** All that an installation would write and start, for a person to read. */
export function installText(job: Job, via: Via, script: string, env: NodeJS.ProcessEnv): string {
  refuse(job, via);
  const files = [{ path: scriptFile(job), text: script }, ...filesOf(job, via, env)];
  const written = files.map(({ path, text }) => `# ${path}\n${text}`);
  const added = via === "cron" ? [`# into your crontab\n${cronBlock(job).join("\n")}\n`] : [];
  const started = commandsOf(job, via, env).map((words) => `# then: ${words.join(" ")}\n`);
  return [...written, ...added, ...started].join("\n");
}

function filesOf(job: Job, via: Via, env: NodeJS.ProcessEnv) {
  return via === "systemd" ? systemdUnits(job, env) : via === "launchd" ? [launchdPlist(job, env)] : [];
}

function commandsOf(job: Job, via: Via, env: NodeJS.ProcessEnv): readonly (readonly string[])[] {
  if (via === "systemd") {
    return [
      ["systemctl", "--user", "daemon-reload"],
      ["systemctl", "--user", "enable", "--now", timerName(job)],
    ];
  }
  if (via === "cron") return [];
  const domain = `gui/${userId()}`;
  return [
    ["launchctl", "bootout", `${domain}/${launchdLabel(job)}`],
    ["launchctl", "bootstrap", domain, launchdPlist(job, env).path],
  ];
}

/** Line ends would begin lines of their own; of a backslash every cron thinks something else. */
function refuse(job: Job, via: Via): void {
  const bad = via === "cron" ? /[\u0000-\u001f\u007f\\]/ : /[\u0000-\u001f\u007f]/;
  if (!bad.test(job.stateDir)) return;
  const what = "a path without control characters and, for cron, without backslashes";
  throw new UserError(`${oneLine(job.labDir, 200)}: expected ${what}`, { fix: "rename the folder" });
}

function changeCrontab(job: Job, block: readonly string[] | undefined, env: NodeJS.ProcessEnv): readonly string[] {
  const before = readCrontab(env);
  const edited = editCrontab(before, job.id, block);
  if (!edited.ok) throw new UserError(`crontab: ${edited.why}`, { fix: "crontab -e   # take these lines out" });
  if (edited.text === before) return [];
  const backup = before === "" ? undefined : keepBackup(job, before);
  must("crontab", ["-"], env, edited.text);
  if (readCrontab(env) !== edited.text) {
    throw new UserError("crontab: what was written is not what is there now", {
      fix: backup === undefined ? "crontab -l" : `crontab '${backup}'   # as it was before`,
    });
  }
  return backup === undefined ? [] : [`the crontab as it was: ${backup}`];
}

function needCrontab(env: NodeJS.ProcessEnv): void {
  if (has("crontab", env)) return;
  throw new UserError("--via cron: expected crontab on PATH, found none", { fix: "apt-get install cron" });
}

function readCrontab(env: NodeJS.ProcessEnv): string {
  needCrontab(env);
  const listed = call("crontab", ["-l"], env);
  if (listed.ok) return listed.out;
  if (/no crontab for/i.test(listed.err)) return "";
  throw new UserError(`crontab -l: ${oneLine(listed.err, 200) || "failed without a word"}; nothing was changed`);
}

function keepBackup(job: Job, text: string): string {
  const stamp = new Date().toISOString().replace(/[-:.]/g, "");
  const backup = join(job.stateDir, `crontab-${stamp}.bak`);
  writeFileSync(backup, text, { mode: 0o600 });
  const all = readdirSync(job.stateDir).filter((name) => /^crontab-[0-9TZ]+\.bak$/.test(name));
  for (const old of all.sort().slice(0, -MAX_BACKUPS)) rmSync(join(job.stateDir, old), { force: true });
  return backup;
}

interface Called {
  readonly ok: boolean;
  readonly out: string;
  readonly err: string;
}

function call(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ""): Called {
  // Messages are matched: they must not be translated.
  const ran = spawnSync(program, args, { env: { ...env, LC_ALL: "C" }, input, encoding: "utf8", timeout: TIMEOUT_MS });
  return { ok: ran.status === 0, out: ran.stdout ?? "", err: ran.stderr || ran.error?.message || "" };
}

function must(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ""): void {
  const { ok, err } = call(program, args, env, input);
  if (!ok) throw new UserError(`${program} ${args.join(" ")}: ${oneLine(err, 300) || "failed without a word"}`);
}

function has(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env.PATH ?? "").split(delimiter).some((dir) => dir !== "" && isExecutable(join(dir, program)));
}

function userId(): number {
  return process.getuid?.() ?? 0;
}
