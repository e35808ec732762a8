/**
 * Proves that a gate can fail: each gate is run on the lab as it is, where it must pass, and on checkouts in which
 * files in scope were broken, where it must not. A gate that passes whatever is broken guards nothing.
 *
 * Broken means emptied, then a line that is no program in any usual language, then removed: a linter passes an empty
 * file, a test of existence passes an unreadable one. Not covered: finer damage; mutation testing does that.
 */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeOutcome } from "../experiment.ts";
import { tail } from "../util/text.ts";
import { type Finding, fault, ok, some, warning } from "./finding.ts";
import { inFreshCheckout, leftSeconds, type Trial, type Tried, tryCommand } from "./trial.ts";

const NO_PROGRAM = ")]}>>> nightyard doctor broke this file <<<{[( '\"\n";
type Damage = "emptied" | "replaced by a syntax error" | "removed";
const DAMAGES: readonly Damage[] = ["emptied", "replaced by a syntax error", "removed"];

export async function gateFindings(trial: Trial, free: readonly string[]): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const gate of trial.program.gates) found.push(...(await gateFinding(trial, gate, free)));
  return found;
}

async function gateFinding(trial: Trial, gate: string, free: readonly string[]): Promise<readonly Finding[]> {
  const check = `gate \`${gate}\``;
  if (leftSeconds(trial) < 1) return [untried(check)];
  const base = await runGate(trial, gate, [], "emptied");
  if (base.cut) return [untried(check)];
  if (base.outcome.kind !== "finished") {
    const end = tail(`${base.stdout}\n${base.stderr}`.trim(), 400);
    const text = `fails on the lab as it is (${describeOutcome(base.outcome)}), so nothing could be kept: ${end}`;
    return [fault(check, text, `mend it until this passes in a fresh clone: ${gate}`)];
  }
  if (free.length === 0) return [warning(check, "passes; nothing is in scope by which to prove that it can fail")];
  const broken = await firstDamage(trial, gate, free);
  if (broken === "untried") return [untried(check)];
  if (broken === undefined) {
    const text = `cannot fail: it passed with ${some(free, 3)} emptied, replaced by a syntax error, and removed`;
    return [fault(check, text, "let it run or import the files in scope, and end with another code than 0")];
  }
  const proof = ok(check, `passes as it is, and can fail: it did with ${some(free, 3)} ${broken}`);
  return [proof, ...(free.length === 1 ? [] : await unnoticed(trial, { gate, free, damage: broken }))];
}

/** The first damage to all files in scope that makes the gate fail; undefined when it passes them all. */
async function firstDamage(
  trial: Trial,
  gate: string,
  free: readonly string[],
): Promise<Damage | "untried" | undefined> {
  for (const damage of DAMAGES) {
    if (leftSeconds(trial) < 1) return "untried";
    const tried = await runGate(trial, gate, free, damage);
    if (tried.cut) return "untried";
    if (tried.outcome.kind !== "finished") return damage;
  }
  return undefined;
}

/** Most files that are broken one by one. */
const MAX_SINGLE = 40;

/** Files of which the gate takes no notice when only they are broken. */
async function unnoticed(
  trial: Trial,
  { gate, free, damage }: { readonly gate: string; readonly free: readonly string[]; readonly damage: Damage },
): Promise<readonly Finding[]> {
  const passed: string[] = [];
  for (const path of free.slice(0, MAX_SINGLE)) {
    if (leftSeconds(trial) < 1) break;
    const tried = await runGate(trial, gate, [path], damage);
    if (tried.outcome.kind === "finished") passed.push(path);
  }
  if (passed.length === 0) return [];
  return [warning(`gate \`${gate}\``, `takes no notice of some files: it passed with only ${some(passed)} ${damage}`)];
}

async function runGate(trial: Trial, gate: string, paths: readonly string[], damage: Damage): Promise<Tried> {
  return inFreshCheckout(trial, "gate", async (checkout, tmp) => {
    for (const path of paths) await spoil(join(checkout.labDir, path), damage);
    const timeoutSeconds = trial.program.gateTimeoutSeconds;
    return tryCommand(trial, gate, { checkout, tmp, timeoutSeconds });
  });
}

async function spoil(file: string, damage: Damage): Promise<void> {
  // Removed first: a link that the lab holds must not be written through.
  await rm(file, { recursive: true, force: true });
  if (damage !== "removed") await writeFile(file, damage === "emptied" ? "" : NO_PROGRAM);
}

function untried(check: string): Finding {
  return warning(check, "not tried to its end: it takes longer than doctor's allowance", "nightyard doctor --deep");
}
