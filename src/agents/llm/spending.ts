/**
 * What a turn has spent, and whether the next request could pass its limits. Pure.
 *
 * A sum with a part that is not known is not known. For the limits only, what is not known is estimated from the length
 * of the texts, so that a server without usage numbers cannot run on for ever.
 */
import type { TurnLimits } from "../../agent.ts";
import type { Usage } from "../../experiment.ts";
import { dollarsOf, type Prices } from "../../prices.ts";
import type { Used } from "./request.ts";

export interface Spent {
  readonly requests: number;
  /** Missing: nothing known of at least one request. */
  readonly inputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly dollars?: number | undefined;
  /** Tokens for the limits: as said, or estimated. */
  readonly counted: number;
  readonly countedDollars: number;
}

export const NOTHING: Spent = {
  requests: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  dollars: 0,
  counted: 0,
  countedDollars: 0,
};

/** Tokens per character: of source code and English a token is three to four characters; fewer is the careful guess. */
export const DENSITY = 1 / 3;
/** A server that says more counts something else. */
const MAX_DENSITY = 2;

export function tokensOf(characters: number, density = DENSITY): number {
  return Math.ceil(characters * density);
}

/** How dense the texts are, learnt from a request whose tokens the server counted. */
export function densityOf(used: Used, sent: number): number {
  return Math.min(MAX_DENSITY, Math.max(DENSITY, (used.inputTokens ?? 0) / sent));
}

export interface Sizes {
  /** Characters sent and received. */
  readonly sent: number;
  readonly received: number;
}

export interface Rates {
  readonly prices: Prices;
  readonly model: string;
}

export function add(spent: Spent, used: Used, sizes: Sizes, { prices, model }: Rates): Spent {
  const dollars = used.dollars ?? dollarsOf(prices, model, used);
  const input = used.inputTokens ?? tokensOf(sizes.sent);
  const output = used.outputTokens ?? tokensOf(sizes.received);
  const guess = dollars ?? dollarsOf(prices, model, { inputTokens: input, outputTokens: output });
  return {
    requests: spent.requests + 1,
    inputTokens: sum(spent.inputTokens, used.inputTokens),
    // A server that says no cached tokens at all has not said that there were some.
    cachedTokens: sum(spent.cachedTokens, used.inputTokens === undefined ? undefined : (used.cachedTokens ?? 0)),
    outputTokens: sum(spent.outputTokens, used.outputTokens),
    dollars: sum(spent.dollars, dollars),
    counted: spent.counted + input + output,
    countedDollars: spent.countedDollars + (guess ?? 0),
  };
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** A reply of fewer tokens is not worth asking for. */
const LEAST_OUTPUT = 256;

/** How many tokens the next reply may have within the limits; undefined when the next request could pass one. */
export function roomFor(
  spent: Spent,
  limits: TurnLimits,
  next: { readonly inputTokens: number; readonly outputTokens: number },
  { prices, model }: Rates,
): number | undefined {
  const byTokens = limits.tokens === undefined ? Infinity : limits.tokens - spent.counted - next.inputTokens;
  const room = Math.floor(Math.min(next.outputTokens, byTokens, byDollars()));
  return room >= Math.min(LEAST_OUTPUT, next.outputTokens) ? room : undefined;

  function byDollars(): number {
    const [base, withOutput] = [dearest(0), dearest(1000)];
    // Without a price there is nothing to count in; the limit of tokens and the session's own limits remain.
    if (limits.dollars === undefined || base === undefined || withOutput === undefined) return Infinity;
    const left = limits.dollars - spent.countedDollars - base;
    const each = (withOutput - base) / 1000;
    return each > 0 ? left / each : left >= 0 ? Infinity : 0;
  }

  /** Writing to the vendor's cache costs more than reading anew. */
  function dearest(outputTokens: number): number | undefined {
    const { inputTokens } = next;
    const plain = dollarsOf(prices, model, { inputTokens, outputTokens });
    const cached = dollarsOf(prices, model, { inputTokens, cacheWriteTokens: inputTokens, outputTokens });
    return plain === undefined ? undefined : Math.max(plain, cached ?? 0);
  }
}

export function usageOf(spent: Spent, seconds: number): Usage {
  if (spent.requests === 0) return { seconds };
  const { inputTokens, cachedTokens, outputTokens, dollars } = spent;
  return { seconds, inputTokens, cachedTokens, outputTokens, dollars };
}
