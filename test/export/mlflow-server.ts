/**
 * A strict stand-in for an MLflow server with faults on demand: it refuses unknown fields, parameters that change, and
 * batches above MLflow's limits, and can fail before or after it has done what was asked. Only for faults: that our
 * calls are MLflow's is tested against the real server.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const tag = z.strictObject({ key: z.string().max(250), value: z.string().max(8000) });
const metric = z.strictObject({
  key: z.string().regex(/^[\w\-. /]{1,250}$/),
  value: z.number(),
  timestamp: z.int(),
  step: z.int(),
});
const CALLS = {
  "experiments/create": z.strictObject({ name: z.string() }),
  "experiments/get-by-name": z.strictObject({ experiment_name: z.string() }),
  "runs/search": z.strictObject({
    experiment_ids: z.array(z.string()),
    filter: z.string(),
    max_results: z.int().max(50_000),
    page_token: z.string().optional(),
  }),
  "runs/create": z.strictObject({
    experiment_id: z.string(),
    run_name: z.string(),
    start_time: z.int(),
    tags: z.array(tag).max(100),
  }),
  "runs/log-batch": z.strictObject({
    run_id: z.string(),
    metrics: z.array(metric).max(1000),
    params: z.array(tag).max(100),
    tags: z.array(tag).max(100),
  }),
  "runs/update": z.strictObject({ run_id: z.string(), status: z.enum(["FINISHED", "FAILED"]), end_time: z.int() }),
  "runs/set-tag": z.strictObject({ run_id: z.string(), key: z.string(), value: z.string() }),
} as const;
type Call = keyof typeof CALLS;

interface Run {
  readonly id: string;
  readonly experiment: string;
  status: string;
  readonly tags: Map<string, string>;
  readonly params: Map<string, string>;
  readonly metrics: Map<string, number>;
}

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** The fields of all calls; which of them a call has was checked before. */
interface Body {
  readonly name: string;
  readonly experiment_name: string;
  readonly experiment_ids: readonly string[];
  readonly experiment_id: string;
  readonly filter: string;
  readonly page_token?: string;
  readonly run_id: string;
  readonly status: string;
  readonly key: string;
  readonly value: string;
  readonly tags: readonly Pair[];
  readonly params: readonly Pair[];
  readonly metrics: readonly { readonly key: string; readonly value: number; readonly step: number }[];
}

/** What happens to a call: nothing, 500 before it is done, or done and the connection cut before the answer. */
export type Fault = "none" | "error" | "lost answer" | "refused" | "unauthorised";

export interface FakeMlflow {
  readonly url: string;
  readonly experiments: Map<string, string>;
  readonly runs: Run[];
  readonly calls: { readonly call: Call; readonly authorization: string | undefined }[];
  fault: (call: Call, count: number) => Fault;
  readonly close: () => Promise<void>;
}

export async function fakeMlflow(): Promise<FakeMlflow> {
  const server = createServer((request, response) => void answer(fake, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeMlflow = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    experiments: new Map(),
    runs: [],
    calls: [],
    fault: () => "none",
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return fake;
}

async function answer(fake: FakeMlflow, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "", "http://x");
  const call = url.pathname.replace("/api/2.0/mlflow/", "") as Call;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  fake.calls.push({ call, authorization: request.headers.authorization });
  const say = (status: number, body: object) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const fault = fake.fault(call, fake.calls.length);
  if (fault === "error") return say(500, { message: "out of order" });
  if (fault === "refused") return say(400, { error_code: "INVALID_PARAMETER_VALUE", message: "no" });
  if (fault === "unauthorised") return say(401, { message: "who are you" });
  const read = CALLS[call]?.safeParse(
    request.method === "GET" ? Object.fromEntries(url.searchParams) : JSON.parse(text),
  );
  if (read === undefined || !read.success) return say(400, { error_code: "BAD", message: String(read?.error) });
  const reply = act(fake, call, read.data as unknown as Body);
  if (fault === "lost answer") return void request.socket.destroy();
  say("error_code" in reply ? 400 : 200, reply);
}

function act(fake: FakeMlflow, call: Call, body: Body): object {
  const run = fake.runs.find((r) => r.id === body.run_id);
  const error = (error_code: string) => ({ error_code, message: error_code });
  switch (call) {
    case "experiments/get-by-name": {
      const id = fake.experiments.get(body.experiment_name);
      return id === undefined ? error("RESOURCE_DOES_NOT_EXIST") : { experiment: { experiment_id: id } };
    }
    case "experiments/create": {
      if (fake.experiments.has(body.name)) return error("RESOURCE_ALREADY_EXISTS");
      const id = String(fake.experiments.size + 1);
      fake.experiments.set(body.name, id);
      return { experiment_id: id };
    }
    case "runs/search":
      return search(fake, body);
    case "runs/create": {
      const made = { id: `run${fake.runs.length}`, experiment: body.experiment_id, status: "RUNNING" };
      const tags = new Map(body.tags.map(({ key, value }) => [key, value]));
      fake.runs.push({ ...made, tags, params: new Map(), metrics: new Map() });
      return { run: { info: { run_id: made.id } } };
    }
    case "runs/log-batch":
      return run === undefined ? error("RESOURCE_DOES_NOT_EXIST") : logBatch(run, body);
    case "runs/update":
      if (run !== undefined) run.status = body.status;
      return {};
    case "runs/set-tag":
      run?.tags.set(body.key, body.value);
      return {};
    default:
      return call satisfies never;
  }
}

function logBatch(run: Run, body: Body): object {
  for (const { key, value } of body.params) {
    if ((run.params.get(key) ?? value) !== value) return { error_code: "INVALID_PARAMETER_VALUE", message: "changed" };
    run.params.set(key, value);
  }
  for (const { key, value } of body.tags) run.tags.set(key, value);
  for (const { key, value, step } of body.metrics) {
    run.metrics.set(`${key}#${step}`, value);
  }
  return {};
}

/** Two runs a page, so that paging is used. */
function search(fake: FakeMlflow, body: Body): object {
  const [, key = "", value = ""] = /^tags\."([^"]+)" = '([^']+)'$/.exec(body.filter) ?? [];
  const all = fake.runs.filter((r) => r.tags.get(key) === value && body.experiment_ids.includes(r.experiment));
  const from = Number(body.page_token ?? 0);
  const page = all.slice(from, from + 2).map((r) => ({
    info: { run_id: r.id, status: r.status },
    data: { tags: [...r.tags].map(([key, value]) => ({ key, value })) },
  }));
  return from + 2 < all.length ? { runs: page, next_page_token: String(from + 2) } : { runs: page };
}
