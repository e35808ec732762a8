/**
 * An agent made of several: each turn goes to one of them, by what they yielded and cost so far (`bandit`), or to the
 * next one in a list when nothing was kept for long (`next`).
 *
 * Whoever had a turn is named in the ledger, and the choice is a function of the ledger, the seed of the turn and, for
 * rate limits, the clock. One that is rate-limited or has nothing left makes room for the others at once; the mix waits
 * only when all of them must. A crash is repaired by whoever made it.
 */

import type { Standing } from "../agent/standing.ts";
import { type Agent, type Answer, knownUsage, type Turn } from "../agent.ts";
import { draw, nextInLine } from "./mix/bandit.ts";
import type { MixPart, Turns } from "./mix/parse.ts";

export interface Member extends MixPart {
  readonly agent: Agent;
}

/** See the head of this file. `label` of a member is its name in the ledger. */
export function mix(members: readonly Member[], turns: Turns): Agent {
  const name = `${turns === "next" ? "next:" : ""}${members.map((m) => `${m.label}*${m.weight}`).join(",")}`;
  return {
    name: name.length <= 200 ? name : `${name.slice(0, 199)}…`,
    free: members.every((m) => m.agent.free === true) ? true : undefined,
    propose: (turn) => propose(turn, members, turns),
  };
}

const NOTHING = { seconds: 0, inputTokens: 0, outputTokens: 0, dollars: 0 };
const NO_STANDING: Standing = { tallies: {}, sinceKeep: 0, plateau: 0 };

async function propose(turn: Turn, members: readonly Member[], turns: Turns): Promise<Answer> {
  turn.signal.throwIfAborted();
  const standing = turn.briefing.standing ?? NO_STANDING;
  const able = members.filter((m) => standing.tallies[m.label]?.exhausted !== true);
  if (able.length === 0) {
    return { kind: "exhausted", why: "none of the agents of the mix has anything left to try", usage: NOTHING };
  }
  const now = new Date().toISOString();
  const awake = able.filter((m) => !(untilOf(standing, m) > now));
  if (awake.length === 0) {
    const until = able.map((m) => untilOf(standing, m)).sort()[0];
    return { kind: "rateLimited", until, why: "all agents of the mix are rate-limited", usage: NOTHING };
  }
  const chosen = choose(awake, { turn, standing, turns, all: members });
  return ask(turn, chosen, awake.length > 1);
}

function untilOf(standing: Standing, { label }: Member): string {
  return standing.tallies[label]?.restsUntil ?? "";
}

interface Choice {
  readonly turn: Turn;
  readonly standing: Standing;
  readonly turns: Turns;
  readonly all: readonly Member[];
}

/** A change that crashed, or that does not fit any more, is its maker's. */
function choose(awake: readonly Member[], { turn, standing, turns, all }: Choice): Member {
  const maker = awake.find((m) => m.label === standing.proposedBy);
  if (maker !== undefined) return maker;
  return turns === "next" ? nextInLine(awake, all, standing) : draw(awake, standing.tallies, turn.briefing.seed);
}

async function ask(turn: Turn, member: Member, others: boolean): Promise<Answer> {
  const started = performance.now();
  const answer = await member.agent.propose(turn).catch((error: unknown): Answer => {
    turn.signal.throwIfAborted();
    const why = `${member.label} failed: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: "failed", why, usage: { seconds: (performance.now() - started) / 1000 } };
  });
  const isOut = answer.kind === "rateLimited" || answer.kind === "exhausted";
  const usage = knownUsage(member.agent, answer.usage);
  return { ...answer, usage, agent: member.label, elsewhere: isOut && others ? true : undefined };
}
