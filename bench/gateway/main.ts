/**
 * What the gateway adds: to the time of one request, and to a streamed reply, beside a direct connection.
 *
 *     node --import tsx bench/gateway/main.ts [requests] [megabytes]
 *
 * The model is a server on loopback in a process of its own that answers at once, so all that is measured is what
 * stands in between. Ways: direct, through the gateway's port, and from inside a fence through forwarder and Unix
 * socket (the client then runs inside; without bubblewrap that way is left out). Rounds are interleaved; one connection
 * is kept, as agents do. A request is 30 KB, as of a coding agent; a streamed reply has events of 200 bytes.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execute } from "../../src/execute.ts";
import { openGateway, spentAt } from "../../src/gateway.ts";
import { loadPrices } from "../../src/prices.ts";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { fenceWords } from "../../src/sandbox.ts";

const REQUESTS = Number(process.argv[2] ?? 300);
const MEGABYTES = Number(process.argv[3] ?? 40);
const ROUNDS = 5;

interface Result {
  /** Milliseconds of each request. */
  readonly times: readonly number[];
  /** Milliseconds until the first event of a stream, and seconds of the whole stream. */
  readonly firstMs: number;
  readonly streamSeconds: number;
}

/** Runs the client as a program of its own, fenced or not. */
async function client(url: string, fence: readonly string[], dir: string): Promise<Result> {
  const file = fileURLToPath(new URL("client.mjs", import.meta.url));
  const { outcome, stdout, stderr } = await execute({
    command: process.execPath,
    args: [file, url, String(REQUESTS), String(MEGABYTES)],
    fence,
    dir,
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
    timeoutSeconds: 300,
    outputLimitBytes: 1 << 20,
  });
  if (outcome.kind !== "finished") throw new Error(`${outcome.kind}: ${stderr}`);
  return JSON.parse(stdout) as Result;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function print(name: string, results: readonly Result[]): void {
  const times = results.flatMap((r) => r.times);
  const rate = results.map((r) => MEGABYTES / r.streamSeconds);
  const cells = [
    quantile(times, 0.5).toFixed(2),
    quantile(times, 0.95).toFixed(2),
    quantile(
      results.map((r) => r.firstMs),
      0.5,
    ).toFixed(2),
    `${quantile(rate, 0.5).toFixed(0)} (${Math.min(...rate).toFixed(0)}–${Math.max(...rate).toFixed(0)})`,
  ];
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}

async function main(): Promise<void> {
  const server = spawn(process.execPath, [fileURLToPath(new URL("server.mjs", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = (await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()).value.split(" ");
  const dir = mkdtempSync(join(os.tmpdir(), "ny-bench-gw-"));
  const tmp = join(dir, "tmp");
  mkdirSync(tmp);
  const gateway = await openGateway({
    upstreams: [{ name: "up", baseUrl: `http://127.0.0.1:${port}`, wire: "openai-chat" }],
    limits: { requests: 1e9, tokens: 1e12 },
    prices: loadPrices(),
    tunnelTo: [],
    socketFile: join(dir, "gw.sock"),
  });
  const { sandbox } = await probeSandbox();
  const network = { gateway: gateway.socketFile, port: gateway.port };
  const here = fileURLToPath(new URL(".", import.meta.url));
  const fence = fenceWords(sandbox, { writable: [], readable: [here], hidden: [], covered: [], tmp, network });
  const through = `http://127.0.0.1:${gateway.port}/up`;
  const ways: [string, string, readonly string[], Result[]][] = [
    ["direct", `http://127.0.0.1:${port}`, [], []],
    ["gateway", through, [], []],
    ...(sandbox.kind === "none"
      ? []
      : [["fence + gateway", through, fence, []] as [string, string, readonly string[], Result[]]]),
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [, url, words, results] of ways) results.push(await client(url, words, here));
  }
  console.log(`${ROUNDS} rounds of ${REQUESTS} requests and one stream of ${MEGABYTES} MB; Node ${process.version}\n`);
  console.log(
    "| way | request ms, median | p95 | stream: first event ms | MB/s, median (range) |\n|---|---|---|---|---|",
  );
  for (const [name, , , results] of ways) print(name, results);
  const { requests, unread } = spentAt(gateway);
  console.log(`\ncounted at the gateway: ${requests} requests, ${unread} without usage`);
  await gateway.close();
  server.stdin.end();
  rmSync(dir, { recursive: true });
}

await main();
