/**
 * Turns an ended run into a measurement and clears its folder away. A run during which something sealed was changed is
 * void, whatever it printed.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { commandEnv } from "../environment.ts";
import { evaluate, readEnd } from "../evaluator.ts";
import { describeOutcome, type Measurement, type Run } from "../experiment.ts";
import { evaluateFence } from "../fences.ts";
import { progressValue } from "../progress-lines.ts";
import { fenceWords } from "../sandbox.ts";
import { oneLine, plainText } from "../util/text.ts";
import { removeRunDir, runDirOf } from "../workspace/checkouts.ts";
import { outgoingLinks } from "../workspace/outgoing.ts";
import { experimentNow, record, type Yard } from "../yard.ts";
import { logFileOf } from "./logs.ts";
import { mendSeals } from "./seals.ts";
import { suspicions } from "./suspicions.ts";
import { timedMeasurement, timingDirOf } from "./timing.ts";

export async function measure(yard: Yard, step: { readonly experiment: number; readonly run: number }): Promise<void> {
  const run = experimentNow(yard, step.experiment).runs.find((r) => r.run === step.run);
  if (run?.outcome === undefined) throw new Error(`run ${step.run} of experiment ${step.experiment} has not ended`);
  const measurement = await measurementOf(yard, step.experiment, run);
  record(yard, { type: "measured", ...step, measurement });
  await clearRun(yard, run);
}

/** Removes what a run has left: its result is in the ledger, and nobody will ask the runner for its name again. */
export async function clearRun(yard: Yard, run: Run): Promise<void> {
  const checkout = runDirOf(yard.ws, run.job);
  await rm(join(yard.ws.stateDir, "jobs", run.job), { recursive: true, force: true });
  await rm(`${checkout.dir}.tmp`, { recursive: true, force: true });
  await rm(timingDirOf(yard, run.job), { recursive: true, force: true });
  await removeRunDir(checkout);
}

/** What an ended run is worth. */
export async function measurementOf(yard: Yard, experiment: number, run: Run): Promise<Measurement> {
  const { program } = yard;
  const provenance = program.evaluate === undefined ? "self-reported" : "evaluated";
  const broken = await mendSeals(yard, experiment);
  if (broken.length > 0) {
    const why = `sealed files were changed during the run: ${broken.slice(0, 3).join(", ")}`;
    return { provenance, extra: {}, why, breach: true };
  }
  if (run.outcome?.kind !== "finished") {
    const why = run.outcome === undefined ? "not run" : describeOutcome(run.outcome);
    return withSuspicions(yard, experiment, run, { provenance, extra: {}, why });
  }
  const links = await linksOut(yard, experiment, run);
  if (links !== undefined) return { provenance, extra: {}, why: links, breach: true };
  const said = await evaluateRun(yard, run);
  const { timing } = program.metric;
  const timed = timing === undefined ? said : timedMeasurement(yard, run, timing, said);
  const measurement = withSuspicions(yard, experiment, run, timed);
  const { earlyStop } = program;
  if (earlyStop === undefined) return measurement;
  const log = await readEnd(logFileOf(yard, run.job), 4 * 1024 * 1024);
  return { ...measurement, partial: progressValue(log, earlyStop.metric, earlyStop.at) };
}

/** Why the run is void, when it left a link to something that only the evaluator may read. */
async function linksOut(yard: Yard, experiment: number, run: Run): Promise<string | undefined> {
  const { manifest, data } = yard.prepared;
  const found = await outgoingLinks(yard.ws, runDirOf(yard.ws, run.job), { open: [data], manifest });
  if (found.length === 0) return undefined;
  const detail = plainText(`the run left links to what the harness keeps for itself: ${found.join(", ")}`, 2000);
  record(yard, { type: "integrity", experiment, what: "link out of the run", detail });
  return detail;
}

/** Writes down what looks unfair about the run; what would change its score makes it void. */
function withSuspicions(yard: Yard, experiment: number, run: Run, measurement: Measurement): Measurement {
  const baseline = experimentNow(yard, 0).runs.filter((r) => r.role === "baseline");
  const usual = { program: yard.program, baseline, fenced: yard.sandbox.kind !== "none" };
  const found = suspicions(usual, run, measurement);
  for (const { what, detail } of found) {
    record(yard, { type: "integrity", experiment, what, detail: plainText(detail, 4000) });
  }
  const worst = found.find((s) => s.voids);
  if (worst === undefined) return measurement;
  const { metric: _, ...rest } = measurement;
  return { ...rest, why: oneLine(`${worst.what}: ${worst.detail}`, 2000), breach: true };
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
      fence: fenceWords(
        yard.sandbox,
        evaluateFence(ws, program, { sealed: seal.checkout, run: checkout, tmp, ...prepared }),
      ),
      env,
      signal,
    });
  } finally {
    await rm(tmp, { recursive: true, force: true });
  }
}
