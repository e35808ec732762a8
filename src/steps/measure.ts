/**
 * Turns an ended run into a measurement and clears its folder away. A run during which something sealed was changed is
 * void, whatever it printed.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { commandEnv } from "../environment.ts";
import { evaluate, readEnd } from "../evaluator.ts";
import { describeOutcome, type Measurement, type Run } from "../experiment.ts";
import { progressValue } from "../progress-lines.ts";
import { removeRunDir, runDirOf } from "../workspace/checkouts.ts";
import { experimentNow, record, type Yard } from "../yard.ts";
import { logFileOf } from "./logs.ts";
import { mendSeals } from "./seals.ts";

export async function measure(yard: Yard, step: { readonly experiment: number; readonly run: number }): Promise<void> {
  const run = experimentNow(yard, step.experiment).runs.find((r) => r.run === step.run);
  if (run?.outcome === undefined) throw new Error(`run ${step.run} of experiment ${step.experiment} has not ended`);
  const measurement = await measurementOf(yard, step.experiment, run);
  record(yard, { type: "measured", ...step, measurement });
  const checkout = runDirOf(yard.ws, run.job);
  // Its result is in the ledger now; nobody will ask the runner for this name again.
  await rm(join(yard.ws.stateDir, "jobs", run.job), { recursive: true, force: true });
  await rm(`${checkout.dir}.tmp`, { recursive: true, force: true });
  await removeRunDir(checkout);
}

async function measurementOf(yard: Yard, experiment: number, run: Run): Promise<Measurement> {
  const { program } = yard;
  const provenance = program.evaluate === undefined ? "self-reported" : "evaluated";
  const broken = await mendSeals(yard, experiment);
  if (broken.length > 0) {
    const why = `sealed files were changed during the run: ${broken.slice(0, 3).join(", ")}`;
    return { provenance, extra: {}, why, breach: true };
  }
  if (run.outcome?.kind !== "finished") {
    return { provenance, extra: {}, why: run.outcome === undefined ? "not run" : describeOutcome(run.outcome) };
  }
  const measurement = await evaluateRun(yard, run);
  const { earlyStop } = program;
  if (earlyStop === undefined) return measurement;
  const log = await readEnd(logFileOf(yard, run.job), 4 * 1024 * 1024);
  return { ...measurement, partial: progressValue(log, earlyStop.metric, earlyStop.at) };
}

async function evaluateRun(yard: Yard, run: Run): Promise<Measurement> {
  const { ws, program, prepared, seal, signal } = yard;
  const checkout = runDirOf(ws, run.job);
  const tmp = `${checkout.dir}.evaluate`;
  await mkdir(tmp, { recursive: true });
  try {
    const env = {
      ...commandEnv(ws, program, { tmp, data: prepared.data }),
      NIGHTYARD_HELD_OUT: prepared.heldOut,
      NIGHTYARD_RUN_DIR: checkout.labDir,
      NIGHTYARD_SEED: String(run.seed),
    };
    return await evaluate({
      program,
      runDir: checkout.labDir,
      runLog: logFileOf(yard, run.job),
      sealedDir: seal.checkout.labDir,
      env,
      signal,
    });
  } finally {
    await rm(tmp, { recursive: true, force: true });
  }
}
