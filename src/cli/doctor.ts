/**
 * `nightyard doctor`: prints what was found (`src/doctor.ts`), each fault with its fix, and ends with a code that says
 * whether a session can begin. It changes nothing of the lab.
 */
import { examine, type Finding } from "../doctor.ts";
import { agentTexts } from "../kinds.ts";
import { EXIT } from "../util/user-error.ts";
import { workspaceForReading } from "./lab.ts";
import { installLine, sandboxMode } from "./sandbox-option.ts";
import { machineNow } from "./slots-option.ts";

export interface DoctorOptions {
  /** As for `run`: one agent, or several separated by commas. */
  readonly agent?: string | undefined;
  readonly deep?: boolean | undefined;
  readonly sandbox?: string | boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Answers 0 when nothing is in the way, 4 when only an agent is missing, 2 when something else is to mend. */
export async function doctorCommand(lab: string | undefined, options: DoctorOptions): Promise<number> {
  const unfenced = sandboxMode(options.sandbox) === false;
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error("stopped by the person"));
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    const findings = await examine({
      lab: () => workspaceForReading(lab),
      agents: options.agent === undefined ? [] : agentTexts(options.agent),
      deep: options.deep === true,
      readOnly: options.dryRun === true,
      unfenced,
      machine: machineNow(),
      sandboxInstall: installLine(),
      tell: (finding) => void (options.json || process.stdout.write(`${lineOf(finding)}\n`)),
      signal: stop.signal,
    });
    const exitCode = exitCodeOf(findings);
    process.stdout.write(options.json ? `${JSON.stringify({ version: 1, exitCode, findings })}\n` : sumOf(findings));
    return exitCode;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return EXIT.interrupted;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function exitCodeOf(findings: readonly Finding[]): number {
  const faults = findings.filter((f) => f.state === "fault");
  if (faults.length === 0) return EXIT.ok;
  return faults.every((f) => f.unavailable) ? EXIT.agentUnavailable : EXIT.usage;
}

function lineOf(f: Finding): string {
  const mark = f.state === "ok" ? "ok     " : f.state === "warning" ? "warning" : "FAULT  ";
  return `${mark} ${f.check}: ${f.text}${f.fix === undefined ? "" : `\n        fix: ${f.fix}`}`;
}

function sumOf(findings: readonly Finding[]): string {
  const n = (state: Finding["state"]) => findings.filter((f) => f.state === state).length;
  const warnings = n("warning") === 0 ? "" : `; ${n("warning")} to know of`;
  return n("fault") === 0 ? `nothing in the way of a session${warnings}\n` : `${n("fault")} to mend${warnings}\n`;
}
