/**
 * `nightyard attack`: plays cheats against a copy of a lab and prints what it let through, and how to mend it.
 * Nothing of the lab itself is changed; the copy is removed at the end.
 */
import type { Attack } from "../attacks/attack.ts";
import { cloneLab } from "../attacks/clone.ts";
import { besiege, type Result } from "../attacks/siege.ts";
import { chooseAttacks } from "../attacks.ts";
import type { Program } from "../program.ts";
import type { Sandbox } from "../sandbox.ts";
import { needProgram } from "../session.ts";
import { EXIT } from "../util/user-error.ts";
import { headCommit, type Workspace } from "../workspace.ts";
import { workspaceForRun } from "./lab.ts";
import { chooseSandbox, sandboxMode } from "./sandbox-option.ts";

export interface AttackOptions {
  /** Names or families, separated by commas. */
  readonly attacks?: string | undefined;
  /** Seconds in place of the program's budget. */
  readonly budget?: number | undefined;
  readonly sandbox?: string | boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Attacks a lab; answers 0 when all held, 3 when something was let through. */
export async function attackCommand(lab: string, options: AttackOptions): Promise<number> {
  const names = (options.attacks ?? "").split(",").map((name) => name.trim());
  const attacks = chooseAttacks(names.filter((name) => name !== ""));
  const mode = sandboxMode(options.sandbox);
  if (options.dryRun) return list(attacks, options);
  const say = (text: string) => void process.stderr.write(`· ${text}\n`);
  const ws = await workspaceForRun(lab);
  const sandbox = await chooseSandbox(mode, say);
  const done = await attackCopy(ws, attacks, { sandbox, budget: options.budget, say });
  if (done === undefined) return EXIT.interrupted;
  const { results, commit } = done;
  const through = results.filter((r) => r.outcome === "let through").length;
  const shown = { lab: ws.labDir, commit, sandbox, results };
  process.stdout.write(options.json ? `${JSON.stringify(jsonOf(shown))}\n` : textOf(shown));
  return through === 0 ? EXIT.ok : EXIT.needsYou;
}

interface Shown {
  readonly lab: string;
  readonly commit: string;
  readonly sandbox: Sandbox;
  readonly results: readonly Result[];
}

/** Undefined when the person stopped it; the copy is gone then too. */
async function attackCopy(
  ws: Workspace,
  attacks: readonly Attack[],
  how: { readonly sandbox: Sandbox; readonly budget: number | undefined; readonly say: (text: string) => void },
): Promise<Pick<Shown, "results" | "commit"> | undefined> {
  const program: Program = await needProgram(ws);
  const commit = await headCommit(ws);
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error("stopped by the person"));
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  const clone = await cloneLab(ws, program, commit, how.budget);
  try {
    const copied = await needProgram(clone.ws);
    const { sandbox, say } = how;
    const results = await besiege({ ws: clone.ws, program: copied, attacks, sandbox, say, signal: stop.signal });
    return { results, commit };
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return undefined;
  } finally {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(name, onSignal);
    await clone.remove();
  }
}

const COST: Readonly<Record<Attack["cost"], string>> = {
  none: "no run",
  short: "a run that ends at once",
  whole: "a whole run",
  long: "a run past its budget",
};

function list(attacks: readonly Attack[], { json }: AttackOptions): number {
  if (json) {
    const rows = attacks.map(({ name, family, tries, cost }) => ({ name, family, tries, cost }));
    process.stdout.write(`${JSON.stringify({ version: 1, attacks: rows })}\n`);
    return EXIT.ok;
  }
  for (const { name, family, tries, cost } of attacks) {
    process.stdout.write(`${name.padEnd(18)} ${family.padEnd(9)} ${tries} (${COST[cost]})\n`);
  }
  process.stdout.write("besides, one run of the unchanged lab\n");
  return EXIT.ok;
}

const MARK: Readonly<Record<Result["outcome"], string>> = {
  held: "held       ",
  "let through": "LET THROUGH",
  "not applicable": "n/a        ",
};

function textOf({ lab, commit, sandbox, results }: Shown): string {
  const fence = sandbox.kind === "none" ? `no sandbox: ${sandbox.why}` : `sandbox: ${sandbox.kind} ${sandbox.version}`;
  const lines = results.flatMap(({ attack, outcome, why, mend }) => [
    `${MARK[outcome]} ${attack.name.padEnd(18)} ${attack.tries}`,
    `            → ${why}`,
    ...(mend === undefined ? [] : [`            mend: ${mend}`]),
  ]);
  return `${[`${lab} at ${commit.slice(0, 7)}, in a copy; ${fence}`, ...lines, sumOf(results)].join("\n")}\n`;
}

function sumOf(results: readonly Result[]): string {
  const n = (outcome: Result["outcome"]) => results.filter((r) => r.outcome === outcome).length;
  return `${n("held")} held, ${n("let through")} let through, ${n("not applicable")} not applicable`;
}

function jsonOf({ lab, commit, sandbox, results }: Shown) {
  return {
    version: 1,
    lab,
    commit,
    sandbox: sandbox.kind,
    results: results.map(({ attack, outcome, why, mend, events }) => {
      return { name: attack.name, family: attack.family, tries: attack.tries, outcome, why, mend, events };
    }),
  };
}
