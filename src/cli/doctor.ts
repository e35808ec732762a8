/**
 * `nightyard doctor`: looks for what would spoil a session and names each fault with its fix. It changes nothing.
 */

import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import os from "node:os";
import { formatProblem, loadProgram, type Program } from "../program.ts";
import { probeSandbox } from "../sandbox/probe.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { headCommit, uncommittedFiles, type Workspace } from "../workspace.ts";
import { workspaceForReading } from "./lab.ts";
import { installLine } from "./sandbox-option.ts";

export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "fault";
  readonly text: string;
  readonly fix?: string | undefined;
}

/** Free space below which a night may not fit; a worktree, its artefacts and logs are small beside it. */
const MIN_FREE_GIB = 2;

export async function doctorCommand(lab: string | undefined, options: { readonly json?: boolean }): Promise<number> {
  const findings = await diagnose(lab);
  const faults = findings.filter((f) => f.state === "fault").length;
  if (options.json) process.stdout.write(`${JSON.stringify({ version: 1, findings })}\n`);
  else {
    for (const f of findings) process.stdout.write(`${lineOf(f)}\n`);
    process.stdout.write(faults === 0 ? "nothing in the way of a session\n" : `${faults} to mend\n`);
  }
  return faults === 0 ? EXIT.ok : EXIT.usage;
}

function lineOf(f: Finding): string {
  const mark = f.state === "ok" ? "ok     " : f.state === "warning" ? "warning" : "FAULT  ";
  return `${mark} ${f.check}: ${f.text}${f.fix === undefined ? "" : `\n        fix: ${f.fix}`}`;
}

async function diagnose(lab: string | undefined): Promise<readonly Finding[]> {
  const machine = [await gitVersion(), nodeVersion(), ...(await sandboxFindings())];
  try {
    const ws = await workspaceForReading(lab);
    return [...machine, ...(await labFindings(ws))];
  } catch (error) {
    return [...machine, faultOf("lab", error)];
  }
}

async function labFindings(ws: Workspace): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  found.push(
    await headCommit(ws).then(
      (c) => ok("commit", `sessions start from ${c.slice(0, 7)}`),
      (e) => faultOf("commit", e),
    ),
  );
  const dirty = await uncommittedFiles(ws).catch(() => []);
  found.push(
    dirty.length === 0
      ? ok("checkout", "all tracked files are committed")
      : {
          ...warning("checkout", `not committed, so not part of a session: ${dirty.slice(0, 5).join(", ")}`),
          fix: "git commit -a",
        },
  );
  const loaded = await loadProgram(ws.labDir);
  if (loaded.ok)
    found.push(...programFindings(loaded.program), ...loaded.warnings.map((w) => warning("program", formatProblem(w))));
  else
    found.push(...loaded.problems.map((p) => ({ check: "program", state: "fault" as const, text: formatProblem(p) })));
  found.push(await freeSpace(ws.labDir));
  return found;
}

function programFindings(program: Program): readonly Finding[] {
  const { metric } = program;
  const how = program.evaluate === undefined ? undefined : `evaluated by \`${program.evaluate}\` from the sealed copy`;
  return [
    ok("program", `${program.name}: ${metric.name}, ${metric.goal}, scope ${program.scope.join(", ")}`),
    how === undefined
      ? {
          ...warning("evaluate", `${metric.name} is self-reported: the code under change prints its own mark`),
          fix: "add evaluate: to program.md",
        }
      : ok("evaluate", how),
    program.gates.length === 0
      ? warning("gates", "none: nothing but the metric has to stay true")
      : ok("gates", program.gates.join("; ")),
  ];
}

async function freeSpace(dir: string): Promise<Finding> {
  const fs = await statfs(dir);
  const gib = (fs.bavail * fs.bsize) / 2 ** 30;
  const text = `${gib.toFixed(1)} GiB free`;
  return gib >= MIN_FREE_GIB
    ? ok("disk", text)
    : { ...fault("disk", `${text}; ${MIN_FREE_GIB} are wanted`), fix: `df -h '${dir}'` };
}

/** What protects what here: found by attacking it, not by looking for a program. */
async function sandboxFindings(): Promise<readonly Finding[]> {
  const { sandbox, protections } = await probeSandbox();
  const tried = protections.map((p): Finding => {
    const check = `sandbox: ${p.name}`;
    return p.held ? ok(check, `held (${p.detail})`) : fault(check, `did not hold: ${p.detail}`);
  });
  if (sandbox.kind !== "none")
    return [ok("sandbox", `${sandbox.kind} ${sandbox.version}, attacked just now`), ...tried];
  const why = `${sandbox.why}; a session needs --sandbox auto or --no-sandbox`;
  return [{ ...warning("sandbox", why), fix: installLine() }, ...tried];
}

async function gitVersion(): Promise<Finding> {
  const version = await new Promise<string | undefined>((resolve) => {
    execFile("git", ["--version"], (error, stdout) => resolve(error === null ? stdout.trim() : undefined));
  });
  return version === undefined
    ? { ...fault("git", "not found on PATH"), fix: "apt-get install git" }
    : ok("git", version);
}

function nodeVersion(): Finding {
  return ok("node", `${process.version} on ${os.platform()} ${os.arch()}, ${os.availableParallelism()} cores`);
}

function ok(check: string, text: string): Finding {
  return { check, state: "ok", text };
}

function warning(check: string, text: string): Finding {
  return { check, state: "warning", text };
}

function fault(check: string, text: string): Finding {
  return { check, state: "fault", text };
}

function faultOf(check: string, error: unknown): Finding {
  if (error instanceof UserError) return { ...fault(check, error.message), fix: error.fix };
  throw error;
}
