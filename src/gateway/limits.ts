/**
 * Whether one more request may be passed on. Decided before it is, from what was used and from what may still come:
 *
 * - requests: as many as the limit are passed on;
 * - tokens: what was used, plus what open requests may still write, plus this one's own maximum of output, must not be
 *   above the limit;
 * - dollars: the same, times the output's price. A model without a price is refused under a limit in dollars unless
 *   the upstream is this machine.
 *
 * What may still come is known only where a request names its maximum. A reply that broke off keeps its maximum held,
 * because it may have been billed. So a limit can be passed by the input of the requests that were open at the time,
 * and by the output of those that named no maximum; by nothing else.
 */
import { priceOf } from "../prices.ts";
import { oneLine } from "../util/text.ts";
import { type Charge, dollarsOfCharge, isUnpriced, type Meter } from "./meter.ts";
import type { Ask } from "./wire.ts";

/** Why the request is refused; undefined: it may be passed on. */
export function refusalOf(meter: Meter, ask: Ask, isLocal: boolean): string | undefined {
  return requestsRefusal(meter) ?? tokensRefusal(meter, ask) ?? dollarsRefusal(meter, ask, isLocal);
}

function requestsRefusal({ limits, charges }: Meter): string | undefined {
  if (limits.requests === undefined || charges.length < limits.requests) return undefined;
  return `The limit of ${limits.requests} requests for this turn is reached.`;
}

function tokensRefusal(meter: Meter, ask: Ask): string | undefined {
  const limit = meter.limits.tokens;
  if (limit === undefined) return undefined;
  const used = total(meter.charges, tokensHeld);
  if (used >= limit) return `The limit of ${limit} tokens for this turn is reached: ${used} are used or held.`;
  const own = ask.maxOutput ?? 0;
  if (used + own <= limit) return undefined;
  return `This request may write ${own} tokens, and ${limit - used} of the turn's ${limit} are left.`;
}

function dollarsRefusal(meter: Meter, ask: Ask, isLocal: boolean): string | undefined {
  const limit = meter.limits.dollars;
  if (limit === undefined) return undefined;
  const price = ask.model === undefined ? undefined : priceOf(meter.prices, ask.model);
  const unpriced = meter.charges.some((charge) => !charge.isLocal && isUnpriced(meter, charge));
  if (!isLocal && (price === undefined || unpriced)) {
    const what = price === undefined ? `no price is known for ${nameOf(ask)}` : "an earlier reply has no known price";
    const mend = "Name its price in a file (NIGHTYARD_PRICES), or limit tokens instead.";
    return `The turn has a limit of ${money(limit)}, but ${what}, so the limit cannot be kept. ${mend}`;
  }
  const used = total(meter.charges, (charge) => dollarsHeld(meter, charge));
  if (used >= limit) return `The limit of ${money(limit)} for this turn is reached: ${money(used)} are used or held.`;
  const own = ((ask.maxOutput ?? 0) * (price?.output ?? 0)) / 1e6;
  if (used + own <= limit) return undefined;
  const left = `${money(limit - used)} of the turn's ${money(limit)} are left`;
  return `This request may write ${ask.maxOutput} tokens for ${money(own)}, and ${left}.`;
}

/** Tokens of a charge that count against the limit: used, and what may still come. */
function tokensHeld(charge: Charge): number {
  return (charge.tokens?.inputTokens ?? 0) + (charge.tokens?.outputTokens ?? 0) + outputHeld(charge);
}

function dollarsHeld(meter: Meter, charge: Charge): number {
  const price = charge.model === undefined ? undefined : priceOf(meter.prices, charge.model);
  return (dollarsOfCharge(meter, charge) ?? 0) + (outputHeld(charge) * (price?.output ?? 0)) / 1e6;
}

function outputHeld(charge: Charge): number {
  if (charge.state === "whole" || charge.state === "failed") return 0;
  return Math.max(0, (charge.maxOutput ?? 0) - (charge.tokens?.outputTokens ?? 0));
}

function total(charges: readonly Charge[], of: (charge: Charge) => number): number {
  return charges.reduce((sum, charge) => sum + of(charge), 0);
}

function nameOf(ask: Ask): string {
  return ask.model === undefined ? "a model that the request does not name" : `the model ${oneLine(ask.model, 100)}`;
}

function money(dollars: number): string {
  return `$${dollars.toFixed(dollars < 0.1 ? 4 : 2)}`;
}
