/**
 * What it takes to measure commits of a session that does not run: the lab's lock, the ledger, the sealed copy,
 * prepared data, and nobody who proposes. No sitting is begun: the session stays as it ended, with its time.
 */
import type { Commit } from "../experiment.ts";
import { dropLock, takeLock } from "../ledger/lock.ts";
import { closeLedger, openLedger, sessionOf } from "../ledger.ts";
import { prepare } from "../prepare.ts";
import type { Program } from "../program.ts";
import type { Runner } from "../runner.ts";
import type { Sandbox } from "../sandbox.ts";
import { needProgram, refuseImported, refuseOtherMeasure } from "../session.ts";
import { ONE_SLOT } from "../slots.ts";
import { makeSeal } from "../workspace/seal.ts";
import { ensureStateDir, type Workspace } from "../workspace.ts";
import type { Yard } from "../yard.ts";

export interface RestOptions {
  readonly ws: Workspace;
  readonly tag: string;
  readonly runner: Runner;
  readonly sandbox: Sandbox;
  /** Told what is going on, in a few words. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens the yard for `use` and lets go of everything after it. `seal`: the commit whose frozen files measure; default:
 * the session's base. Throws UserError when somebody works on the lab, or the session cannot be measured.
 */
export async function withYard<T>(
  options: RestOptions & { readonly seal?: Commit | undefined },
  use: (yard: Yard) => Promise<T>,
): Promise<T> {
  const { ws, tag } = options;
  const program = await needProgram(ws);
  await ensureStateDir(ws);
  const lock = takeLock(ws.stateDir, tag);
  try {
    const ledger = openLedger(ws.stateDir);
    try {
      const session = sessionOf(ledger, tag);
      if (session === undefined) throw new Error(`the ledger has no session ${tag}`);
      refuseImported(session);
      refuseOtherMeasure(session, program);
      const seal = await makeSeal(ws, options.seal ?? session.base);
      if (program.prepare !== undefined) options.say(`preparing: ${program.prepare}`);
      const prepared = await prepare(ws, program, seal, options.signal);
      return await use({ ...still(options, program), ledger, seal, prepared });
    } finally {
      closeLedger(ledger);
    }
  } finally {
    dropLock(lock);
  }
}

function still({ ws, tag, runner, sandbox, signal }: RestOptions, program: Program) {
  return {
    ...{ ws, tag, runner, sandbox, signal, program },
    agent: { name: "nobody", propose: () => Promise.reject(new Error("nobody proposes after a session")) },
    slots: ONE_SLOT,
    lookahead: 0,
    confirmRuns: 0,
    plateau: 0,
    agentPauses: [],
    began: undefined,
    observe: () => undefined,
  } as const;
}
