/**
 * Looks for what would spoil a session and names each fault with its fix, as values. What can be seen by reading is
 * read; what can only be seen by trying is tried in a throw-away copy (`doctor/trial.ts`). Nothing of the lab changes.
 *
 * Not covered: whether the metric is worth improving, and cheats (`nightyard attack` plays those).
 */
import os from "node:os";
import { agentFindings } from "./doctor/agent.ts";
import { checkoutFindings, committedFiles, identityFinding, scopeFinding } from "./doctor/checkout.ts";
import { diskFinding, needOf, type Room, roomAt } from "./doctor/disk.ts";
import { type Finding, fault, faultOf, ok, warning } from "./doctor/finding.ts";
import { gateFindings } from "./doctor/gates.ts";
import { clockFinding, gitFinding, gpuFinding, nodeFinding, sandboxFindings } from "./doctor/machine.ts";
import { metricFindings } from "./doctor/metric.ts";
import { reachFindings } from "./doctor/reach.ts";
import { type Trial, withTrial } from "./doctor/trial.ts";
import { formatDuration } from "./program/duration.ts";
import { formatProblem, inScope, loadProgram, type Program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Machine } from "./slots.ts";
import { UserError } from "./util/user-error.ts";
import { headCommit, type Workspace } from "./workspace.ts";

export type { Finding } from "./doctor/finding.ts";

/** Seconds that the lab's commands may take in all, without and with `deep`. */
const ALLOWANCE_SECONDS = 120;
const DEEP_SECONDS = 7 * 24 * 3600;
/** Checkouts that lie in the copy at one time, its git objects among them, and what the commands may leave. */
const COPIES = 5;
const COPY_EXTRA_BYTES = 64 * 2 ** 20;
/** Runs with seeds of their own, by which `deep` measures the noise. */
const DEEP_RUNS = 4;

export interface Examination {
  /** Finds the lab; may throw UserError, which is then a finding. */
  readonly lab: () => Promise<Workspace>;
  /** As behind `--agent`; several agents are several texts. */
  readonly agents: readonly string[];
  /** Everything, however long it takes. */
  readonly deep: boolean;
  /** Only read: run none of the lab's commands. */
  readonly readOnly: boolean;
  /** The person said that commands may run without a fence. */
  readonly unfenced: boolean;
  readonly machine: Machine;
  /** The line that installs a sandbox here. */
  readonly sandboxInstall: string;
  /** What a file system has left; default: asked of the system. */
  readonly room?: ((dir: string) => Promise<Room>) | undefined;
  /** Told each finding as it is made. */
  readonly tell: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

/** All findings, in the order in which they were made. Rejects only when `signal` is aborted. */
export async function examine(about: Examination): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  const add = (...findings: readonly Finding[]) => {
    for (const f of findings) {
      all.push(f);
      about.tell(f);
    }
  };
  add(await gitFinding(), nodeFinding(), await clockFinding(), ...gpuFinding(about.machine));
  const { sandbox, findings } = await sandboxFindings(about.sandboxInstall);
  add(...findings);
  try {
    await examineLab(about, await about.lab(), { sandbox, add });
  } catch (error) {
    add(faultOf("lab", error));
  }
  return all;
}

interface Desk {
  readonly sandbox: Sandbox;
  readonly add: (...findings: readonly Finding[]) => void;
}

async function examineLab(about: Examination, ws: Workspace, { sandbox, add }: Desk): Promise<void> {
  const checkout = await checkoutFindings(ws);
  add(...checkout, await identityFinding(ws));
  const loaded = await loadProgram(ws.labDir);
  const faults = loaded.ok ? [] : loaded.problems.map((p) => fault("program", formatProblem(p), p.fix));
  const hasCommit = !checkout.some((f) => f.check === "commit" && f.state === "fault");
  add(...faults);
  if (hasCommit) add(await diskOf(about, ws));
  if (!loaded.ok || !hasCommit) return addAgents(about, undefined, add);
  add(...programFindings(loaded.program), ...loaded.warnings.map((w) => warning("program", formatProblem(w), w.fix)));
  const files = await committedFiles(ws);
  add(scopeFinding(loaded.program, files), ...(await reachFindings(ws.labDir, loaded.program, files)));
  const free = files.filter((path) => inScope(loaded.program, path));
  await tryLab(about, { ws, program: loaded.program, free }, { sandbox, add });
}

async function diskOf(about: Examination, ws: Workspace): Promise<Finding> {
  const room = await (about.room ?? roomAt)(ws.labDir);
  return diskFinding(ws.labDir, room, await needOf(ws, Math.max(1, about.machine.gpus.length)));
}

interface Lab {
  readonly ws: Workspace;
  readonly program: Program;
  /** Committed files in scope. */
  readonly free: readonly string[];
}

/** Runs the lab's commands in the copy, as far as the allowance goes. */
async function tryLab(about: Examination, { ws, program, free }: Lab, { sandbox, add }: Desk): Promise<void> {
  const why = whyNotTried(about, program, sandbox);
  if (about.readOnly) add(warning("trial", "only read: run, evaluate and gates were not tried", "nightyard doctor"));
  else if (why !== undefined) add(why);
  if (about.readOnly || (why !== undefined && why.check === "sandbox trial")) return addAgents(about, undefined, add);
  const crowded = await crowdedCopy(about, ws);
  if (crowded !== undefined) {
    add(crowded);
    return addAgents(about, undefined, add);
  }
  const allowance = about.deep ? DEEP_SECONDS : ALLOWANCE_SECONDS;
  const commit = await headCommit(ws);
  const fence: Sandbox = about.unfenced ? { kind: "none", why: "the person gave --no-sandbox" } : sandbox;
  try {
    await withTrial({ ws, program, commit, sandbox: fence, allowance, signal: about.signal }, async (trial) => {
      add(...(await gateFindings(trial, free)));
      await addAgents(about, trial, add);
      if (why === undefined) add(...(await metricFindings(trial, about.deep ? DEEP_RUNS : 0)));
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    add(faultOf("prepare", error));
  }
}

/** The copy lies with temporary files, which may be a small file system of its own. */
async function crowdedCopy(about: Examination, ws: Workspace): Promise<Finding | undefined> {
  const { bytes } = await (about.room ?? roomAt)(os.tmpdir());
  const need = await needOf(ws, 1);
  if (bytes >= COPIES * need.bytes + COPY_EXTRA_BYTES) return undefined;
  const text = `too little room in ${os.tmpdir()} for the copy in which run and gates are tried: they were not`;
  return fault("disk", text, "make room, or: TMPDIR=/a/larger/folder nightyard doctor");
}

/** The loop would not run unfenced unasked; and a run that cannot end within the allowance is not begun. */
function whyNotTried(about: Examination, program: Program, sandbox: Sandbox): Finding | undefined {
  if (sandbox.kind === "none" && !about.unfenced) {
    const text = "run, evaluate and gates were not tried, because nothing fences them here";
    return warning("sandbox trial", text, "nightyard doctor --no-sandbox");
  }
  if (about.deep || program.budgetSeconds <= ALLOWANCE_SECONDS / 2) return undefined;
  const text = `a run may take ${formatDuration(program.budgetSeconds)}: not tried, so metric and noise are not known`;
  return warning("run", text, "nightyard doctor --deep");
}

async function addAgents(about: Examination, trial: Trial | undefined, add: Desk["add"]): Promise<void> {
  for (const text of about.agents) add(...(await agentFindings(text, trial)));
}

function programFindings(program: Program): readonly Finding[] {
  const { metric } = program;
  const evaluate = `${metric.name} is self-reported: the code under change prints its own mark`;
  return [
    ok("program", `${program.name}: ${metric.name}, ${metric.goal}, scope ${program.scope.join(", ")}`),
    ...(program.evaluate === undefined ? [warning("evaluate", evaluate, "add evaluate: to program.md")] : []),
    ...(program.gates.length === 0 ? [warning("gates", "none: nothing but the metric has to stay true")] : []),
  ];
}
