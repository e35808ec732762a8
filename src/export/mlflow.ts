/**
 * A session to an MLflow server: an MLflow experiment named after the session, a run for each of its experiments.
 *
 * Contract: at least once and never twice. What is owed stands on disk before anything is sent; a run is made with a
 * tag that only this experiment has, and looked for by it before it is made, also after a call whose answer was lost.
 * So a server that was down, or a kill at any instant, costs another call of `flush` and nothing else. Exported again,
 * only what has changed is sent.
 *
 * Not covered: two exports of one session at the same time; runs that somebody deletes or edits on the server.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Exported, experimentsInPages } from "../export.ts";
import { call, type MlflowServer, once, type Reply } from "./mlflow/client.ts";
import { type Owed, owe, settle } from "./mlflow/outbox.ts";
import { DIGEST_TAG, ID_TAG, type Payload, payloadOf, SESSION_TAG, sessionId } from "./mlflow/payload.ts";

export type Flushed =
  | { readonly kind: "done"; readonly sent: number; readonly upToDate: number }
  | { readonly kind: "waits"; readonly sent: number; readonly why: string }
  | { readonly kind: "refused"; readonly sent: number; readonly status: number; readonly why: string };

type Trouble = Exclude<Reply<never>, { kind: "done" }>;

interface Known {
  readonly runId: string;
  readonly digest: string | undefined;
  readonly finished: boolean;
}

/** Sends what is owed, in order; what was taken is crossed off at once. */
export async function flush(from: Exported, stateDir: string, debt: Owed, server: MlflowServer): Promise<Flushed> {
  let [sent, upToDate] = [0, 0];
  const ended = (trouble: Trouble): Flushed =>
    trouble.kind === "down"
      ? { kind: "waits", sent, why: trouble.why }
      : { kind: "refused", sent, status: trouble.status, why: trouble.why };
  owe(stateDir, debt);
  const experiment = await experimentId(server, sessionId(from.session));
  if (experiment.kind !== "done") return ended(experiment);
  const known = await runsOf(server, experiment.body, `tags."${SESSION_TAG}" = '${sessionId(from.session)}'`);
  if (known.kind !== "done") return ended(known);
  for (const e of experimentsInPages(from, debt.next)) {
    // One that is still open is sent when it is exported again.
    if (e.verdict === undefined) continue;
    const payload = payloadOf(from.session, e);
    const before = known.body.get(payload.id);
    if (before?.finished === true && before.digest === payload.digest) upToDate += 1;
    else {
      const trouble = await send(server, experiment.body, from, payload, before?.runId);
      if (trouble !== undefined) return ended(trouble);
      sent += 1;
      owe(stateDir, { ...debt, next: e.number + 1 });
    }
  }
  settle(stateDir, debt);
  return { kind: "done", sent, upToDate };
}

/** The id of the MLflow experiment, made when it is not there. */
async function experimentId(server: MlflowServer, name: string): Promise<Reply<string>> {
  const find = () =>
    call<{ experiment: { experiment_id: string } }>(
      server,
      "experiments/get-by-name",
      { experiment_name: name },
      "GET",
    );
  const found = await find();
  if (found.kind === "done") return { kind: "done", body: found.body.experiment.experiment_id };
  if (found.kind === "down" || found.code !== "RESOURCE_DOES_NOT_EXIST") return found;
  const made = await call<{ experiment_id: string }>(server, "experiments/create", { name });
  if (made.kind === "done") return { kind: "done", body: made.body.experiment_id };
  if (made.kind === "down" || made.code !== "RESOURCE_ALREADY_EXISTS") return made;
  // The answer to an earlier try was lost.
  const again = await find();
  return again.kind === "done" ? { kind: "done", body: again.body.experiment.experiment_id } : again;
}

interface SearchAnswer {
  readonly runs?: readonly {
    readonly info: { readonly run_id: string; readonly status: string };
    readonly data: { readonly tags?: readonly { readonly key: string; readonly value: string }[] };
  }[];
  readonly next_page_token?: string;
}

/** Runs that match, by the id that we gave them. */
async function runsOf(server: MlflowServer, experiment: string, filter: string): Promise<Reply<Map<string, Known>>> {
  const known = new Map<string, Known>();
  for (let token: string | undefined; ; ) {
    const query = { experiment_ids: [experiment], filter, max_results: 1000, page_token: token };
    const page = await call<SearchAnswer>(server, "runs/search", query);
    if (page.kind !== "done") return page;
    for (const { info, data } of page.body.runs ?? []) {
      const tag = (key: string) => data.tags?.find((t) => t.key === key)?.value;
      const finished = info.status === "FINISHED" || info.status === "FAILED";
      known.set(tag(ID_TAG) ?? "", { runId: info.run_id, digest: tag(DIGEST_TAG), finished });
    }
    token = page.body.next_page_token;
    if (!token) return { kind: "done", body: known };
  }
}

/** Makes the run unless it is there, fills it, and closes it; the digest comes last, so half a run is none. */
async function send(
  server: MlflowServer,
  experiment: string,
  from: Exported,
  payload: Payload,
  before: string | undefined,
): Promise<Trouble | undefined> {
  const run = before === undefined ? await makeRun(server, experiment, from, payload) : done(before);
  if (run.kind !== "done") return run;
  const run_id = run.body;
  const { metrics, params, tags } = payload;
  const filled = await call(server, "runs/log-batch", { run_id, metrics, params, tags });
  if (filled.kind !== "done") return filled;
  const { status, endTime: end_time } = payload;
  const closed = await call(server, "runs/update", { run_id, status, end_time });
  if (closed.kind !== "done") return closed;
  const sealed = await call(server, "runs/set-tag", { run_id, key: DIGEST_TAG, value: payload.digest });
  return sealed.kind === "done" ? undefined : sealed;
}

function done<T>(body: T): Reply<T> {
  return { kind: "done", body };
}

/** A run is not made twice: after an answer that did not come, it is looked for before it is made again. */
async function makeRun(
  server: MlflowServer,
  experiment: string,
  { session }: Exported,
  payload: Payload,
): Promise<Reply<string>> {
  const tags = [
    { key: ID_TAG, value: payload.id },
    { key: SESSION_TAG, value: sessionId(session) },
  ];
  const asked = { experiment_id: experiment, run_name: payload.name, start_time: payload.startTime, tags };
  for (let tries = 0; ; tries += 1) {
    const made = await once<{ run: { info: { run_id: string } } }>(server, "runs/create", asked);
    if (made.kind === "done") return done(made.body.run.info.run_id);
    const pause = server.pauses[tries];
    if (made.kind === "refused" || pause === undefined) return made;
    await delay(pause);
    const found = await runsOf(server, experiment, `tags."${ID_TAG}" = '${payload.id}'`);
    if (found.kind !== "done") return found;
    const there = found.body.get(payload.id);
    if (there !== undefined) return done(there.runId);
  }
}
