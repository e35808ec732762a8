/**
 * Runs the gates on a proposal's commit, in a fresh checkout, before any run is paid for. Each leaves a receipt; after
 * the first that fails the others are not run, and have no receipt.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { commandEnv } from "../environment.ts";
import { execute } from "../execute.ts";
import type { Receipt } from "../experiment.ts";
import { commitOf } from "../ledger/session.ts";
import { plainText, tail } from "../util/text.ts";
import { checkoutFiles, linkIgnored, removeRunDir, runDirOf } from "../workspace/checkouts.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";

export async function gate(yard: Yard, number: number): Promise<void> {
  const { ws, program, tag } = yard;
  const e = experimentNow(yard, number);
  const receipts: Receipt[] = [];
  if (program.gates.length > 0) {
    const checkout = runDirOf(ws, `${tag}-e${number}-gates`);
    await checkoutFiles(ws, checkout, commitOf(sessionNow(yard), e));
    await linkIgnored(ws, checkout, program.links);
    for (const command of program.gates) {
      const receipt = await runGate(yard, command, { dir: checkout.labDir, tree: e.proposal?.tree });
      receipts.push(receipt);
      if (!receipt.passed) break;
    }
    await removeRunDir(checkout);
  }
  record(yard, { type: "gated", experiment: number, receipts });
}

async function runGate(
  yard: Yard,
  command: string,
  at: { readonly dir: string; readonly tree: string | undefined },
): Promise<Receipt> {
  const { ws, program, prepared, signal } = yard;
  const tmp = join(at.dir, "..", ".gate-tmp");
  await mkdir(tmp, { recursive: true });
  const env = commandEnv(ws, program, { tmp, data: prepared.data });
  const result = await execute({
    command,
    dir: at.dir,
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
