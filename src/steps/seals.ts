/**
 * Looks whether what is sealed is still as it was sealed: the frozen files and the prepared data, before and after each
 * run. What was changed is written down as an integrity event, and made again from git where git has it.
 */
import { differences } from "../util/manifest.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { brokenSeals, makeSeal } from "../workspace/seal.ts";
import { record, type Yard } from "../yard.ts";

/** Paths that are no longer as they were sealed, at most 20; empty is good. */
export async function brokenNow(yard: Yard): Promise<readonly string[]> {
  const code = (await brokenSeals(yard.seal)).map((path) => `sealed/${path}`);
  const data = await differences(yard.prepared.dir, yard.prepared.manifest);
  return [...code, ...data].slice(0, 20);
}

/**
 * Records what is broken and restores the sealed files. Changed data cannot be restored from git: it is thrown
 * out of the way by a UserError that says how to prepare it anew.
 */
export async function mendSeals(yard: Yard, experiment: number): Promise<readonly string[]> {
  const broken = await brokenNow(yard);
  if (broken.length === 0) return broken;
  record(yard, {
    type: "integrity",
    experiment,
    what: "sealed files changed",
    detail: broken.join(", ").slice(0, 4000),
  });
  if (broken.some((path) => path.startsWith("sealed/"))) await makeSeal(yard.ws, yard.seal.commit);
  const data = broken.filter((path) => !path.startsWith("sealed/"));
  if (data.length > 0) {
    throw new UserError(`${yard.prepared.dir}: prepared data was changed: ${data.slice(0, 3).join(", ")}`, {
      fix: `rm -rf '${yard.prepared.dir}' && nightyard run   # prepares it anew`,
      exitCode: EXIT.integrity,
    });
  }
  return broken;
}
