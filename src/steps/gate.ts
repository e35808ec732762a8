/**
 * Runs the gates on a proposal's commit, in a fresh checkout, before any run is paid for. Each leaves a receipt; after
 * the first that fails the others are not run, and have no receipt.
 */
import { mkdir, rm } from "node:fs/promises";
import { commandEnv, limitsOf } from "../environment.ts";
import { execute } from "../execute.ts";
import type { Commit, Receipt } from "../experiment.ts";
import { runFence } from "../fences.ts";
import { commitOf } from "../ledger/session.ts";
import { fenceWords } from "../sandbox.ts";
import { plainText, tail } from "../util/text.ts";
import { type Checkout, checkoutFiles, linkIgnored, removeRunDir, runDirOf } from "../workspace/checkouts.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";

export async function gate(yard: Yard, number: number): Promise<void> {
  const e = experimentNow(yard, number);
  const commit = commitOf(sessionNow(yard), e);
  const receipts = await runGates(yard, { name: `${yard.tag}-e${number}-gates`, commit, tree: e.proposal?.tree });
  record(yard, { type: "gated", experiment: number, receipts });
}

/** What gates look at. `name`: of the folder that is made for them. */
export interface GatedCommit {
  readonly name: string;
  readonly commit: Commit;
  readonly tree: string | undefined;
}

/** Runs the gates in a fresh checkout of a commit, up to the first that fails; writes nothing down. */
export async function runGates(yard: Yard, { name, commit, tree }: GatedCommit): Promise<Receipt[]> {
  const { ws, program } = yard;
  const receipts: Receipt[] = [];
  if (program.gates.length === 0) return receipts;
  const checkout = runDirOf(ws, name);
  await checkoutFiles(ws, checkout, commit);
  await linkIgnored(ws, checkout, program.links);
  for (const command of program.gates) {
    const receipt = await runGate(yard, command, { checkout, tree });
    receipts.push(receipt);
    if (!receipt.passed) break;
  }
  await rm(`${checkout.dir}.tmp`, { recursive: true, force: true });
  await removeRunDir(checkout);
  return receipts;
}

async function runGate(
  yard: Yard,
  command: string,
  at: { readonly checkout: Checkout; readonly tree: string | undefined },
): Promise<Receipt> {
  const { ws, program, prepared, signal } = yard;
  const tmp = `${at.checkout.dir}.tmp`;
  await mkdir(tmp, { recursive: true });
  const env = commandEnv(ws, program, { tmp, data: prepared.data });
  const fence = runFence(ws, program, { checkout: at.checkout, tmp, data: prepared.data });
  const result = await execute({
    command,
    dir: at.checkout.labDir,
    fence: fenceWords(yard.sandbox, fence),
    limits: limitsOf(program, [at.checkout.dir, tmp]),
    env,
    timeoutSeconds: program.gateTimeoutSeconds,
    outputLimitBytes: 256 * 1024,
    signal,
  });
  signal.throwIfAborted();
  const { outcome } = result;
  return {
    command,
    exitCode: outcome.kind === "finished" ? 0 : outcome.kind === "crashed" ? outcome.exitCode : undefined,
    seconds: result.resources.wallSeconds,
    passed: outcome.kind === "finished",
    inputs: at.tree ?? sessionNow(yard).baseTree,
    tail: plainText(tail(`${result.stdout}\n${result.stderr}`.trim(), 4000), 4000),
  };
}
