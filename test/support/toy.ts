/**
 * A toy session for tests: the real loop, the real ledger, the real local runner; an agent that is a list of functions.
 */
import type { Agent, Answer, Turn } from "../../src/agent.ts";
import type { Experiment } from "../../src/experiment.ts";
import type { Caps, Entry, Limits } from "../../src/ledger/events.ts";
import type { Session } from "../../src/ledger/session.ts";
import { closeLedger, entriesOf, experimentsOf, readLedger, sessionOf } from "../../src/ledger.ts";
import type { Ending } from "../../src/loop.ts";
import { local } from "../../src/runners/local.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { sit } from "../../src/session.ts";
import type { Slot } from "../../src/slots.ts";
import { openWorkspace } from "../../src/workspace.ts";

/** What an agent does in one turn; the answer may leave out what is boring. */
export type Act = (turn: Turn) => Promise<Partial<Answer> | undefined> | Partial<Answer> | undefined;

/** An agent that plays a list, one act per turn, and is exhausted after the last. */
export function playing(acts: readonly Act[]): Agent & { readonly turns: Turn[] } {
  const turns: Turn[] = [];
  return {
    name: "playing",
    turns,
    async propose(turn: Turn): Promise<Answer> {
      turns.push(turn);
      const act = acts[turns.length - 1];
      const usage = { seconds: 0 };
      if (act === undefined) return { kind: "exhausted", why: "the list is played", usage };
      const part = (await act(turn)) ?? {};
      const whole = { kind: "proposed", hypothesis: `act ${turns.length}`, description: "", why: "because", usage };
      return { ...whole, ...part } as Answer;
    },
  };
}

export const NO_SANDBOX: Sandbox = { kind: "none", why: "a test of something else" };

export interface Played {
  readonly ending: Ending | undefined;
  readonly error: unknown;
  readonly session: Session;
  readonly experiments: readonly Experiment[];
  readonly entries: readonly Entry[];
}

export interface PlayOptions {
  readonly agent: Agent;
  readonly limits?: Limits;
  readonly caps?: Caps;
  readonly sandbox?: Sandbox;
  readonly slots?: readonly Slot[];
  readonly lookahead?: number;
  readonly confirmRuns?: number;
  readonly plateau?: number;
  /** Seconds of the pauses of an agent that fails again and again; none unless said. */
  readonly agentPauses?: readonly number[];
  readonly signal?: AbortSignal;
  /** Called after each event. */
  readonly onEvent?: (entry: Entry) => void;
}

/** Runs session "t" on a lab to its end and reads what the ledger has of it. */
export async function play(lab: string, options: PlayOptions): Promise<Played> {
  const ws = await openWorkspace(lab);
  let ending: Ending | undefined;
  let error: unknown;
  try {
    const sitting = await sit({
      ws,
      tag: "t",
      agent: options.agent,
      runner: local(),
      limits: options.limits ?? {},
      caps: options.caps,
      sandbox: options.sandbox ?? NO_SANDBOX,
      slots: options.slots,
      lookahead: options.lookahead,
      confirmRuns: options.confirmRuns ?? 0,
      plateau: options.plateau,
      agentPauses: options.agentPauses ?? [],
      seed: 1,
      observe: (entry) => options.onEvent?.(entry),
      say: () => undefined,
      signal: options.signal ?? new AbortController().signal,
    });
    ending = sitting.ending;
  } catch (caught) {
    error = caught;
  }
  const ledger = readLedger(ws.stateDir);
  const session = ledger === undefined ? undefined : sessionOf(ledger, "t");
  if (ledger === undefined || session === undefined) throw error ?? new Error("no session was begun");
  try {
    const entries = [...entriesOf(ledger, "t")];
    return { ending, error, session, experiments: experimentsOf(ledger, "t"), entries };
  } finally {
    closeLedger(ledger);
  }
}

/** Verdict and rule of each experiment: "keep judge", "discard scope", … */
export function verdicts(played: Played): readonly string[] {
  return played.experiments.map((e) => `${e.verdict?.kind} ${e.verdict?.rule}`);
}
