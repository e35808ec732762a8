/**
 * From how a program ended to the answer of its turn. An exit code other than 0 is a failure whatever the program
 * said; a failure that speaks of too many requests is a rate limit.
 */
import type { Answer } from "../../agent.ts";
import { describeOutcome, type Usage } from "../../experiment.ts";
import type { Spent } from "../../gateway.ts";
import { oneLine, plainText, tail } from "../../util/text.ts";
import { wordsOf } from "../words.ts";
import type { Ran } from "./program.ts";
import { type RateLimit, rateLimitIn } from "./rate-limit.ts";

/** What a kind of agent made of its program's output. */
export interface Reading {
  /** The agent's final message. */
  readonly text: string;
  /** What the agent reported itself; a number it did not report is missing. */
  readonly usage: Omit<Usage, "seconds">;
  /** Why it failed although it may have ended with 0. */
  readonly error?: string | undefined;
}

const WHY_LIMIT = 600;

export function answerFor(ran: Ran, reading: Reading): Answer {
  const usage = usageOf(ran, reading);
  const { outcome } = ran.done;
  const failed = outcome.kind !== "finished" || reading.error !== undefined;
  if (!failed) return { kind: "proposed", ...wordsOf(reading.text), usage };
  const end = lastWords(ran, reading);
  const limit = (ran.spent?.refused ?? 0) === 0 ? limitOf(ran, reading, end) : undefined;
  if (limit !== undefined) return { kind: "rateLimited", why: limit.why, until: limit.until, usage };
  return { kind: "failed", why: whyOf(ran, reading, end), usage };
}

/** What a program happened to print before its time was over is no error; what its events and the gateway say is. */
function limitOf(ran: Ran, reading: Reading, end: string): RateLimit | undefined {
  const isLate = ran.done.outcome.kind === "timedOut";
  const said = rateLimitIn(isLate ? (reading.error ?? "") : end, new Date());
  const limited = ran.spent?.limited;
  // The gateway saw the header; some agents wait for it in silence until their time is over.
  if (limited === undefined) return said;
  return { why: said?.why ?? "429: too many requests", until: limited.until ?? said?.until };
}

function whyOf(ran: Ran, reading: Reading, end: string): string {
  const { outcome } = ran.done;
  const how = outcome.kind === "finished" ? "it ended with an error" : describeOutcome(outcome);
  const refused = ran.spent?.refused ?? 0;
  const spent = refused > 0 ? `; the gateway refused ${refused} requests over the turn's limits` : "";
  const said = oneLine(reading.error ?? end, WHY_LIMIT);
  return `${how}${spent}${said === "" ? "" : `: ${said}`}`;
}

/** The end of what it printed, on standard error first because errors belong there. */
function lastWords(ran: Ran, reading: Reading): string {
  const { stdout, stderr } = ran.done;
  const parts =
    reading.error === undefined ? [tail(stdout, 1500), tail(stderr, 1500)] : [tail(stderr, 3000), reading.error];
  return plainText(parts.join("\n"), 8000);
}

/** The gateway's counts where there was one, because every agent counts differently; else the agent's own. */
function usageOf(ran: Ran, reading: Reading): Usage {
  const { seconds, spent } = ran;
  const counted = spent !== undefined && spent.requests > 0 ? countsOf(spent) : {};
  return { ...reading.usage, ...counted, seconds };
}

function countsOf(spent: Spent): Partial<Usage> {
  const { inputTokens, cachedTokens, outputTokens, dollars } = spent;
  const counts = { inputTokens, cachedTokens, outputTokens, dollars };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}
