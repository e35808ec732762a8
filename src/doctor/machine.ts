/**
 * What the machine gives a session, whatever the lab: git and Node, a fence that holds, a clock that does not jump, and
 * GPUs that nobody uses.
 */
import { execFile } from "node:child_process";
import os from "node:os";
import { probeSandbox } from "../sandbox/probe.ts";
import type { Sandbox } from "../sandbox.ts";
import type { Machine } from "../slots.ts";
import { monotonicMs } from "../util/processes.ts";
import { type Finding, fault, ok, warning } from "./finding.ts";

/** The oldest git with `merge-tree --write-tree`, by which a win on a stale parent is brought onto the champion. */
const OLDEST_GIT = [2, 38] as const;
const OLDEST_NODE = 20;
/** A clock that says a year before this program was written will date every event wrongly. */
const WRITTEN = Date.parse("2025-01-01T00:00:00Z");

export async function gitFinding(): Promise<Finding> {
  const version = await new Promise<string | undefined>((resolve) => {
    execFile("git", ["--version"], (error, stdout) => resolve(error === null ? stdout.trim() : undefined));
  });
  if (version === undefined) return fault("git", "not found on PATH", "apt-get install git");
  const [major = 0, minor = 0] = (/\d+\.\d+/.exec(version)?.[0] ?? "0.0").split(".").map(Number);
  const isOld = major < OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor < OLDEST_GIT[1]);
  return isOld
    ? warning("git", `${version}; several slots need ${OLDEST_GIT.join(".")} or newer`, "apt-get install git")
    : ok("git", version);
}

export function nodeFinding(version = process.version): Finding {
  const text = `${version} on ${os.platform()} ${os.arch()}, ${os.availableParallelism()} cores`;
  return Number(/\d+/.exec(version)?.[0]) >= OLDEST_NODE
    ? ok("node", text)
    : fault("node", `${text}; ${OLDEST_NODE} or newer is wanted`, `nvm install ${OLDEST_NODE}`);
}

/** Budgets are counted by the monotonic clock; the wall clock dates events and says when a rate limit ends. */
export async function clockFinding(now: () => number = Date.now): Promise<Finding> {
  const [wall, steady] = [now(), monotonicMs()];
  await new Promise((resolve) => setTimeout(resolve, 100));
  const drift = Math.abs(now() - wall - (monotonicMs() - steady));
  if (wall < WRITTEN) {
    return warning("clock", `the wall clock says ${new Date(wall).toISOString()}`, "timedatectl set-ntp true");
  }
  // A busy machine delays both readings alike; half a second between them is a clock that was set.
  if (drift > 500) return warning("clock", `the wall clock jumped by ${Math.round(drift)} ms`, "timedatectl status");
  return ok("clock", `${new Date(wall).toISOString()}, and it runs evenly`);
}

/** GPUs that no slot is bound to stand idle; one slot that is not bound sees them all. */
export function gpuFinding({ gpus }: Machine): readonly Finding[] {
  if (gpus.length === 0) return [];
  if (gpus.length === 1) return [ok("gpus", "1 GPU; one run at a time has it")];
  const text = `${gpus.length} GPUs, and \`run\` uses one slot, not bound to any, unless it is told otherwise`;
  return [warning("gpus", text, `nightyard run --slots ${gpus.length} --bind gpu`)];
}

/** What protects what here: found by attacking it, not by looking for a program. */
export async function sandboxFindings(
  install: string,
): Promise<{ readonly sandbox: Sandbox; readonly findings: readonly Finding[] }> {
  const { sandbox, protections } = await probeSandbox();
  const tried = protections.map((p): Finding => {
    const check = `sandbox: ${p.name}`;
    return p.held ? ok(check, `held (${p.detail})`) : fault(check, `did not hold: ${p.detail}`);
  });
  const first =
    sandbox.kind === "none"
      ? warning("sandbox", `${sandbox.why}; a session needs --sandbox auto or --no-sandbox`, install)
      : ok("sandbox", `${sandbox.kind} ${sandbox.version}, attacked just now`);
  return { sandbox, findings: [first, ...tried] };
}
