/**
 * One experiment as an MLflow run: its metrics, parameters and tags, within MLflow's limits. Pure.
 */
import { createHash } from "node:crypto";
import { type Experiment, meanMetric, shortCommit } from "../../experiment.ts";
import type { Session } from "../../ledger/session.ts";
import { experimentName } from "../../util/format.ts";

export interface Payload {
  /** The same for every export of this experiment: by it the run is found again. */
  readonly id: string;
  /** Of all that is sent: a run that has it is up to date. */
  readonly digest: string;
  readonly name: string;
  readonly status: "FINISHED" | "FAILED";
  readonly startTime: number;
  readonly endTime: number;
  readonly metrics: readonly { key: string; value: number; timestamp: number; step: number }[];
  readonly params: readonly { key: string; value: string }[];
  readonly tags: readonly { key: string; value: string }[];
}

export const ID_TAG = "nightyard.id";
export const SESSION_TAG = "nightyard.session";
export const DIGEST_TAG = "nightyard.digest";

/** Tells this session from one of the same tag in another lab. */
export function sessionId(session: Session): string {
  const { tag, startedAt, base, lab, imported } = session;
  const bound = JSON.stringify([tag, startedAt, base, lab, imported?.sha256 ?? ""]);
  return `${tag}-${createHash("sha256").update(bound).digest("hex").slice(0, 16)}`;
}

export function payloadOf(session: Session, e: Experiment): Payload {
  const startTime = Date.parse(e.openedAt);
  const endTime = Date.parse(e.closedAt ?? e.openedAt);
  const id = `${sessionId(session)}/${e.number}`;
  const what = {
    name: experimentName(e.number),
    status: e.verdict?.kind === "crash" ? ("FAILED" as const) : ("FINISHED" as const),
    startTime,
    endTime,
    metrics: metricsOf(session, e, endTime).slice(0, 1000),
    params: paramsOf(e),
    tags: tagsOf(session, e),
  };
  const digest = createHash("sha256").update(JSON.stringify(what)).digest("hex");
  return { id, digest, ...what };
}

function metricsOf(session: Session, e: Experiment, timestamp: number): Payload["metrics"] {
  const all = e.runs.flatMap((run) => {
    const { metric, extra = {} } = run.measurement ?? {};
    const seconds = run.resources?.wallSeconds;
    const own = metric === undefined || run.role === "confirm" ? [] : [[session.metric.name, metric] as const];
    const time = seconds === undefined ? [] : [["run_seconds", seconds] as const];
    return [...own, ...time, ...Object.entries(extra)].map(([key, value]) => ({
      key: keyOf(key),
      value,
      step: run.run,
    }));
  });
  const mean = meanMetric(e);
  const whole = mean === undefined ? [] : [{ key: keyOf(`${session.metric.name}_mean`), value: mean, step: 0 }];
  return [...whole, ...all].map((m) => ({ ...m, timestamp }));
}

function paramsOf(e: Experiment): Payload["params"] {
  const values = { experiment: String(e.number), commit: shortCommit(e), program: e.program.slice(0, 64) };
  return Object.entries(values).flatMap(([key, value]) => (value ? [{ key, value: value.slice(0, 500) }] : []));
}

function tagsOf(session: Session, e: Experiment): Payload["tags"] {
  const values = {
    "mlflow.note.content": e.proposal?.hypothesis,
    "nightyard.verdict": e.verdict?.kind,
    "nightyard.label": e.verdict?.label,
    "nightyard.rule": e.verdict?.rule,
    "nightyard.reason": e.verdict?.reason,
    "nightyard.provenance": e.runs.find((r) => r.measurement !== undefined)?.measurement?.provenance,
    "nightyard.goal": session.metric.goal,
    "nightyard.imported": session.imported?.file,
  };
  return Object.entries(values).flatMap(([key, value]) => (value ? [{ key, value: value.slice(0, 5000) }] : []));
}

/** Letters, digits and _ - . space / are all that a key may have. */
function keyOf(name: string): string {
  return name.replace(/[^\w\-. /]+/g, "_").slice(0, 250);
}
