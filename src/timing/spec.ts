/**
 * What the harness hands to the program that times a run, and what that program hands back: two files in a folder that
 * no fence shows to the lab's code. Not covered: a lab that runs without a sandbox, which could write there.
 */
import { z } from "zod";
import { readText } from "../util/processes.ts";

const ArmFields = z.strictObject({
  /** The commit's files as they were checked out; each execution gets a copy. Absolute. */
  pristine: z.string(),
  /** Where the copy lies while it is executed. Absolute. */
  work: z.string(),
  /** The lab's folder below `work`. Absolute. */
  dir: z.string(),
  /** Private temporary folder, emptied before each execution. Absolute. */
  tmp: z.string(),
  fence: z.array(z.string()),
  env: z.record(z.string(), z.string()),
});

const Spec = z.strictObject({
  command: z.string(),
  metric: z.string(),
  clock: z.enum(["wall", "printed"]),
  warmup: z.number(),
  repeats: z.number(),
  steady: z.number(),
  timeoutSeconds: z.number(),
  run: ArmFields,
  reference: ArmFields.optional(),
  /** The experiment that the reference is the commit of. */
  compared: z.number().optional(),
});

const Numbers = z.strictObject({ run: z.array(z.number()), reference: z.array(z.number()) });

const Result = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("steady"), times: Numbers, tries: z.number() }),
  /** The machine's fault, or chance: it is measured again. */
  z.strictObject({ kind: z.literal("unsteady"), times: Numbers, tries: z.number(), why: z.string() }),
  /** An execution of the run printed no number, where it should. */
  z.strictObject({ kind: z.literal("missing"), why: z.string() }),
]);

export type ArmSpec = z.infer<typeof ArmFields>;
export type TimingSpec = z.infer<typeof Spec>;
export type TimingResult = z.infer<typeof Result>;

export const SPEC_FILE = "spec.json";
export const RESULT_FILE = "result.json";

/** Throws when the file is not what the harness wrote. */
export function readSpec(file: string): TimingSpec {
  return Spec.parse(JSON.parse(readText(file)));
}

/** Undefined when the program has not written it. */
export function readResult(file: string): TimingResult | undefined {
  const text = readText(file);
  return text === "" ? undefined : Result.parse(JSON.parse(text));
}
