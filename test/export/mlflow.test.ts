/** MLflow: at least once and never twice, whatever the server does; and against the real server. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { authorizationFrom, type MlflowServer } from "../../src/export/mlflow/client.ts";
import { type Owed, owe, owedIn } from "../../src/export/mlflow/outbox.ts";
import { flush } from "../../src/export/mlflow.ts";
import type { Exported } from "../../src/export.ts";
import { openLedger, sessionOf } from "../../src/ledger.ts";
import { stateDir } from "../import/take-in.ts";
import { fill } from "../ledger/fill.ts";
import { component } from "../support/component.ts";
import { removeTemps, tempDir } from "../support/repo.ts";
import { type FakeMlflow, type Fault, fakeMlflow } from "./mlflow-server.ts";

afterAll(removeTemps);

interface Yard {
  readonly dir: string;
  readonly from: Exported;
}

/** Session "t": baseline 10, keep 9, a crash, discard 11. */
function yard(): Yard {
  const dir = stateDir();
  const ledger = openLedger(dir);
  fill(ledger);
  return { dir, from: { ledger, session: sessionOf(ledger, "t")! } };
}

const debtTo = (url: string, next = 0): Owed => ({ version: 1, url, session: "t", next });
const serverAt = (url: string, more: Partial<MlflowServer> = {}): MlflowServer => ({ url, pauses: [], ...more });

describe("against a server with faults", () => {
  let fake: FakeMlflow;
  beforeEach(async () => {
    fake = await fakeMlflow();
  });
  afterEach(() => fake.close());

  const send = ({ dir, from }: Yard, pauses: readonly number[] = []) =>
    flush(from, dir, owedIn(dir)[0] ?? debtTo(fake.url), serverAt(fake.url, { pauses }));

  it("makes a run per experiment with metrics, parameters, tags and status, and owes nothing then", async () => {
    const y = yard();
    expect(await send(y)).toEqual({ kind: "done", sent: 4, upToDate: 0 });
    expect(fake.runs.map((r) => r.status)).toEqual(["FINISHED", "FINISHED", "FAILED", "FINISHED"]);
    expect(fake.runs.map((r) => r.metrics.get("score_mean#0"))).toEqual([10, 9, undefined, 11]);
    expect(fake.runs[1]?.params.get("experiment")).toBe("1");
    expect(fake.runs[1]?.tags.get("mlflow.note.content")).toBe("try 1");
    expect(owedIn(y.dir)).toEqual([]);
  });

  it("sends nothing twice, and what is new", async () => {
    const y = yard();
    await send(y);
    expect(await send(y)).toEqual({ kind: "done", sent: 0, upToDate: 4 });
    fake.runs[2]?.tags.set("nightyard.digest", "of an older state");
    expect(await send(y)).toEqual({ kind: "done", sent: 1, upToDate: 3 });
    expect(fake.runs).toHaveLength(4);
  });

  it("keeps what is owed while the server is down, and says why", async () => {
    const y = yard();
    await fake.close();
    expect(await send(y)).toMatchObject({ kind: "waits", sent: 0, why: expect.stringMatching(/ECONNREFUSED/) });
    expect(owedIn(y.dir)).toEqual([debtTo(fake.url)]);
  });

  it("stops half-way and goes on there", async () => {
    const y = yard();
    let made = 0;
    fake.fault = (call) => (call === "runs/create" && ++made > 2 ? "error" : "none");
    expect(await send(y)).toMatchObject({ kind: "waits", sent: 2, why: "HTTP 500: out of order" });
    expect(owedIn(y.dir)).toEqual([debtTo(fake.url, 2)]);
    fake.fault = () => "none";
    expect(await send(y)).toMatchObject({ kind: "done", sent: 2 });
    expect(fake.runs).toHaveLength(4);
  });

  it("tries again after a pause", async () => {
    const y = yard();
    fake.fault = (_, count) => (count % 3 === 1 ? "error" : "none");
    expect(await send(y, [1, 1])).toMatchObject({ kind: "done", sent: 4 });
    expect(fake.runs).toHaveLength(4);
  });

  it("says what the server refuses, keeps it, and does not try again", async () => {
    const y = yard();
    fake.fault = (call) => (call === "runs/log-batch" ? "refused" : "none");
    expect(await send(y, [1, 1])).toMatchObject({ kind: "refused", status: 400, why: "no" });
    expect(fake.calls.filter(({ call }) => call === "runs/log-batch")).toHaveLength(1);
    fake.fault = () => "unauthorised";
    expect(await send(y)).toMatchObject({ kind: "refused", status: 401 });
    expect(owedIn(y.dir)).toHaveLength(1);
  });

  it("ends with every run once, whatever fails when", async () => {
    const faults = fc.array(fc.constantFrom<Fault>("none", "none", "error", "lost answer"), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(faults, async (plan) => {
        const y = yard();
        const before = fake.runs.length;
        const start = fake.calls.length;
        fake.fault = (_, count) => plan[count - start - 1] ?? "none";
        // Some sends try each call again, some do not.
        for (let tries = 0; tries <= plan.length; tries += 1) {
          if ((await send(y, tries % 2 === 0 ? [] : [0, 0])).kind === "done") break;
        }
        const runs = fake.runs.slice(before);
        expect(owedIn(y.dir)).toEqual([]);
        expect(runs.map((r) => r.tags.get("mlflow.note.content") ?? "baseline")).toEqual([
          "baseline",
          "try 1",
          "try 2",
          "try 3",
        ]);
        expect(runs.map((r) => r.status)).toEqual(["FINISHED", "FINISHED", "FAILED", "FINISHED"]);
        y.from.ledger.db.close();
      }),
      { numRuns: 25 },
    );
  });

  it("sends the token of the environment, and writes it nowhere", async () => {
    const y = yard();
    const authorization = authorizationFrom({ MLFLOW_TRACKING_TOKEN: "s3cret" });
    await flush(y.from, y.dir, debtTo(fake.url), serverAt(fake.url, { authorization }));
    expect(new Set(fake.calls.map((c) => c.authorization))).toEqual(new Set(["Bearer s3cret"]));
    owe(y.dir, debtTo(fake.url));
    expect(JSON.stringify(owedIn(y.dir))).not.toContain("s3cret");
    expect(authorizationFrom({ MLFLOW_TRACKING_USERNAME: "u", MLFLOW_TRACKING_PASSWORD: "p" })).toBe("Basic dTpw");
    expect(authorizationFrom({})).toBeUndefined();
  });
});

const PYTHON = join(homedir(), ".nightyard-mlflow", "bin", "python");
const hasMlflow = component(existsSync(PYTHON), "MLflow", "bash .ci/install");

describe.runIf(hasMlflow)("against the real server", () => {
  const started: ChildProcess[] = [];
  afterAll(() => {
    // It has children of its own: its whole group goes.
    for (const { pid } of started) if (pid !== undefined) process.kill(-pid, "SIGKILL");
  });

  it("makes the runs, finds them again, and sends nothing twice", async () => {
    const url = await startMlflow(started);
    const y = yard();
    expect(await flush(y.from, y.dir, debtTo(url), serverAt(url))).toEqual({ kind: "done", sent: 4, upToDate: 0 });
    expect(await flush(y.from, y.dir, debtTo(url), serverAt(url))).toEqual({ kind: "done", sent: 0, upToDate: 4 });
    const search = await fetch(`${url}/api/2.0/mlflow/runs/search`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ experiment_ids: ["1"], order_by: ["params.experiment ASC"] }),
    });
    const { runs } = (await search.json()) as {
      runs: { info: { run_name: string; status: string }; data: { metrics?: { key: string; value: number }[] } }[];
    };
    const mean = (i: number) => runs[i]?.data.metrics?.find((m) => m.key === "score_mean")?.value;
    expect(runs.map((r) => `${r.info.run_name} ${r.info.status}`)).toEqual([
      "e0000 FINISHED",
      "e0001 FINISHED",
      "e0002 FAILED",
      "e0003 FINISHED",
    ]);
    expect([mean(0), mean(1), mean(2), mean(3)]).toEqual([10, 9, undefined, 11]);
  }, 180_000);
});

/** A server on a free port with a fresh database. */
async function startMlflow(started: ChildProcess[]): Promise<string> {
  const port = await freePort();
  const home = tempDir();
  const args = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port), "--workers", "1"];
  const env = { PATH: process.env.PATH, HOME: home, MLFLOW_DISABLE_TELEMETRY: "true", DO_NOT_TRACK: "true" };
  const store = ["--backend-store-uri", "sqlite:///store.db"];
  started.push(spawn(PYTHON, [...args, ...store], { cwd: home, env, detached: true, stdio: "ignore" }));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 300; tries += 1) {
    const up = await fetch(`${url}/health`).then(
      (r) => r.ok,
      () => false,
    );
    if (up) return url;
    await delay(500);
  }
  throw new Error("mlflow server did not come up");
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
