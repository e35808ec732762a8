/**
 * What a turn has spent at the gateway, as a list of charges, one for each request that was passed on; all else is
 * folded from it. Pure but for the charges, which grow as their replies pass by.
 *
 * Not covered: what went through a tunnel. It is counted as opened, and then every number is a lower bound.
 */
import type { TurnLimits } from "../agent.ts";
import { dollarsOf, type Prices, priceOf, type Tokens } from "../prices.ts";

export interface MeterLimits extends TurnLimits {
  readonly requests?: number | undefined;
}

/** One request that was passed on. */
export interface Charge {
  readonly model: string | undefined;
  readonly maxOutput: number | undefined;
  /** The upstream is this machine: what has no price there costs no dollars that a limit could mean. */
  readonly isLocal: boolean;
  tokens: Tokens | undefined;
  otherRate: boolean;
  /** `whole`: its usage is complete. `cut`: it ended without. `failed`: answered by an error, which nobody bills. */
  state: "open" | "whole" | "cut" | "failed";
  /** The upstream answered 429; with the time from which it may be asked again, where it named one. */
  limited?: Limited | undefined;
}

/** Too many requests, until then (ISO time). */
export interface Limited {
  readonly until?: string | undefined;
}

export interface Meter {
  readonly limits: MeterLimits;
  readonly prices: Prices;
  readonly charges: Charge[];
  refused: number;
  tunnels: number;
  lastRefusal: string | undefined;
}

/** What a turn has spent. Tokens as in `Usage`: input is all input, cached a part of it, output includes reasoning. */
export interface Spent {
  /** Requests passed on to a model, failed ones included. */
  readonly requests: number;
  readonly inputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** Undefined as soon as one reply has no known price. */
  readonly dollars?: number | undefined;
  /** The numbers are a lower bound: a tunnel was opened, or a reply came (or is still to come) without its usage. */
  readonly estimated?: boolean | undefined;
  /** Replies that ended without a complete usage. */
  readonly unread: number;
  /** Connections of a login, of which nothing is known but that there were so many. */
  readonly tunnels: number;
  /** Requests that were not passed on because of a limit, and the words of the last refusal. */
  readonly refused: number;
  readonly refusal?: string | undefined;
  /** The last request was answered by 429: the agent waits, or gave up. */
  readonly limited?: Limited | undefined;
}

export function openMeter(limits: MeterLimits, prices: Prices): Meter {
  return { limits, prices, charges: [], refused: 0, tunnels: 0, lastRefusal: undefined };
}

export function spentOf(meter: Meter): Spent {
  const { charges } = meter;
  const counted = charges.flatMap((charge) => charge.tokens ?? []);
  const unread = charges.filter((charge) => charge.state === "cut").length;
  const isBound = meter.tunnels > 0 || unread > 0 || charges.some((charge) => charge.state === "open");
  return {
    requests: charges.length,
    inputTokens: sum(counted.map((t) => t.inputTokens)),
    cachedTokens: sum(counted.map((t) => t.cachedTokens)),
    outputTokens: sum(counted.map((t) => t.outputTokens)),
    dollars: charges.some((charge) => isUnpriced(meter, charge)) ? undefined : dollarsCounted(meter),
    ...(isBound ? { estimated: true } : {}),
    unread,
    tunnels: meter.tunnels,
    refused: meter.refused,
    ...(meter.lastRefusal === undefined ? {} : { refusal: meter.lastRefusal }),
    ...limitedOf(charges.at(-1)),
  };
}

function limitedOf(last: Charge | undefined): Pick<Spent, "limited"> {
  return last?.limited === undefined ? {} : { limited: last.limited };
}

/** Dollars of one charge as far as its usage is known; undefined when that, or its price, is not. */
export function dollarsOfCharge(meter: Meter, charge: Charge): number | undefined {
  if (charge.tokens === undefined || charge.model === undefined || charge.otherRate) return undefined;
  return dollarsOf(meter.prices, charge.model, charge.tokens);
}

/** It used, or will use, tokens that have no known price. */
export function isUnpriced(meter: Meter, charge: Charge): boolean {
  if (charge.state === "failed") return false;
  if (charge.tokens !== undefined) return dollarsOfCharge(meter, charge) === undefined;
  return charge.model === undefined || priceOf(meter.prices, charge.model) === undefined;
}

function dollarsCounted(meter: Meter): number | undefined {
  return sum(meter.charges.map((charge) => dollarsOfCharge(meter, charge)));
}

/** The sum of what is known; undefined when nothing is. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
}
