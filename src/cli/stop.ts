/**
 * `nightyard stop`: asks the process that runs a session on a lab to end, and waits until it has.
 */
import { setTimeout as delay } from "node:timers/promises";
import { runningHolder } from "../ledger/lock.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { exists } from "../workspace.ts";
import { workspaceForReading } from "./lab.ts";

/** Seconds until a second, harder signal is sent; the runs are then ended by their supervisors. */
const PATIENCE_SECONDS = 20;

export async function stopCommand(lab: string | undefined, options: { readonly dryRun?: boolean }): Promise<number> {
  const ws = await workspaceForReading(lab);
  const holder = (await exists(ws.stateDir)) ? runningHolder(ws.stateDir) : undefined;
  if (holder === undefined) {
    process.stdout.write(`nothing runs on ${ws.labDir}\n`);
    return EXIT.ok;
  }
  if (options.dryRun) {
    process.stdout.write(`would stop process ${holder.pid} (session ${holder.tag})\n`);
    return EXIT.ok;
  }
  process.kill(holder.pid, "SIGINT");
  for (let second = 0; second < PATIENCE_SECONDS * 2; second++) {
    await delay(500);
    if (runningHolder(ws.stateDir) === undefined) {
      process.stdout.write(
        `stopped session ${holder.tag}; it goes on with: nightyard run ${lab ?? "."} --tag ${holder.tag}\n`,
      );
      return EXIT.ok;
    }
  }
  throw new UserError(`process ${holder.pid} did not stop within ${PATIENCE_SECONDS} s`, {
    fix: `kill -9 ${holder.pid}   # its runs are ended within 10 s, nothing in the ledger is lost`,
    exitCode: EXIT.failed,
  });
}
