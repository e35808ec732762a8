/**
 * Looks whether what is sealed is still as it was sealed: the frozen files, the prepared data and the places above them
 * where loaders look for packages and settings, before and after each run. What was changed is written down as an
 * integrity event and made again: files from git, data by `prepare`.
 *
 * Not covered, and then only the sandbox helps: packages of the person's own (`node_modules`, a virtual environment).
 */
import { rm } from "node:fs/promises";
import { prepare } from "../prepare.ts";
import { differences } from "../util/manifest.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { brokenSeals, makeSeal } from "../workspace/seal.ts";
import { removeStrangers, strangers } from "../workspace/strangers.ts";
import { record, type Yard } from "../yard.ts";

/** Paths that are no longer as they were sealed, at most 20; empty is good. */
export async function brokenNow(yard: Yard): Promise<readonly string[]> {
  const code = (await brokenSeals(yard.seal)).map((path) => `sealed/${path}`);
  const data = (await differences(yard.prepared.dir, yard.prepared.manifest)).map((path) => `prepared/${path}`);
  return [...(await strangers(yard.ws)), ...code, ...data].slice(0, 20);
}

/**
 * Records what is broken and restores it. Data that `prepare` does not make the same way again is thrown out of the way
 * by a UserError that says how to go on.
 */
export async function mendSeals(yard: Yard, experiment: number): Promise<readonly string[]> {
  const broken = await brokenNow(yard);
  if (broken.length === 0) return broken;
  const detail = broken.join(", ").slice(0, 4000);
  record(yard, { type: "integrity", experiment, what: "sealed files changed", detail });
  await removeStrangers(yard.ws);
  if (broken.some((path) => path.startsWith("sealed/"))) await makeSeal(yard.ws, yard.seal.commit);
  if (broken.some((path) => path.startsWith("prepared/"))) await prepareAgain(yard);
  return broken;
}

async function prepareAgain(yard: Yard): Promise<void> {
  const { ws, program, seal, prepared, signal } = yard;
  await rm(prepared.dir, { recursive: true, force: true });
  await prepare(ws, program, seal, signal);
  const data = await differences(prepared.dir, prepared.manifest);
  if (data.length === 0) return;
  const which = data.slice(0, 3).join(", ");
  const what = `prepared data was changed, and prepare makes it differently each time: ${which}`;
  throw new UserError(`${prepared.dir}: ${what}`, {
    fix: "nightyard run --tag <new>   # numbers on other data cannot be compared",
    exitCode: EXIT.integrity,
  });
}
