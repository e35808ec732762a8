/**
 * A change that a person has handed in (`nightyard propose`), made in the worktree in the agent's place. From there on
 * it is checked, gated, run and judged like any other.
 */
import type { Commit } from "../experiment.ts";
import { PERSON } from "../experiment.ts";
import { forget, type HandedIn, type Spooled, setAside, waitingIn } from "../spool.ts";
import type { Checkout } from "../workspace/checkouts.ts";
import { putOnto } from "../workspace/own-change.ts";
import { branchOf } from "../workspace/refs.ts";
import { record, sessionNow, type Yard } from "../yard.ts";
import type { Given } from "./turn.ts";

/** The change that was handed in first and is in no session's ledger yet; undefined when none waits. */
export async function handedIn(yard: Yard): Promise<Spooled<HandedIn> | undefined> {
  const { stateDir } = yard.ws;
  const { messages, faults } = await waitingIn(stateDir, "change");
  for (const { id, why } of faults) {
    await setAside(stateDir, id, "change");
    record(yard, { type: "noted", what: "a change that was handed in cannot be read", detail: `${id}: ${why}` });
  }
  const { taken } = sessionNow(yard);
  for (const message of messages) {
    if (!taken.includes(message.id)) return message;
    // Killed between writing it into the ledger and removing it.
    await forget(stateDir, message.id, "change");
  }
  return undefined;
}

/** It cost no agent anything: 0, not "unknown". */
const NOTHING = { inputTokens: 0, outputTokens: 0, dollars: 0 };

export async function makeHandedIn(
  yard: Yard,
  change: Spooled<HandedIn>,
  at: { readonly checkout: Checkout; readonly index: string; readonly champion: Commit },
): Promise<Given> {
  const started = performance.now();
  const { commit, base, hypothesis, description, id } = change;
  const why = await putOnto(yard.ws, at.checkout, at.index, { champion: at.champion, commit, base });
  const usage = { seconds: (performance.now() - started) / 1000, ...NOTHING };
  const given = { usage, agent: PERSON, submission: id };
  if (why !== undefined) return { kind: "failed", why: `${why} (its files are on ${branchOf(yard.tag)})`, ...given };
  return { kind: "proposed", hypothesis, description, ...given };
}
