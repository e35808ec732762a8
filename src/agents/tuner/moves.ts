/**
 * Small steps away from the champion: which knobs to turn, how far, and the last resort when every near assignment was
 * tried. Each move changes one to three knobs.
 */
import { fromUnit, levels, toUnit, type Value } from "./domain.ts";
import { type Random, weightedIndex } from "./random.ts";
import { type Assignment, fingerprint, type Knob } from "./search.ts";

/** The value a signed step away from `from`, always another value; undefined when that side has none. */
export function stepped(knob: Knob, from: Value, step: number): Value | undefined {
  const { domain } = knob;
  const unit = Math.min(1, Math.max(0, toUnit(domain, from)));
  // Rounding may swallow a small step, so it grows until it is seen or the end of the domain is reached.
  for (let size = Math.abs(step); size < 2.5; size *= 1.5) {
    const value = fromUnit(domain, unit + Math.sign(step) * size);
    if (value !== from) return value;
  }
  return undefined;
}

/** A value drawn near `from`: another choice, or a step of random size and side. */
export function nearby(knob: Knob, from: Value, random: Random): Value | undefined {
  const { domain } = knob;
  if (domain.kind === "choice" && !domain.ordered) {
    const others = domain.values.filter((value) => value !== from);
    return others[Math.floor(random() * others.length)];
  }
  const size = 0.05 * 8 ** random();
  const side = random() < 0.5 ? -1 : 1;
  return stepped(knob, from, side * size) ?? stepped(knob, from, -side * size);
}

/** The champion with `count` knobs turned, knobs drawn by the weights given. */
export function mutate(
  knobs: readonly Knob[],
  champion: Assignment,
  options: { readonly count: number; readonly weights: readonly number[]; readonly random: Random },
): Assignment {
  const next: Record<string, Value> = { ...champion };
  const left = [...options.weights];
  for (let i = 0; i < Math.min(options.count, knobs.length); i++) {
    const at = weightedIndex(left, options.random);
    left[at] = 0;
    const knob = knobs[at];
    const value = knob && nearby(knob, next[knob.key] ?? 0, options.random);
    if (knob !== undefined && value !== undefined) next[knob.key] = value;
  }
  return next;
}

/** Sizes above this are never used up by a session, and are not walked. */
const WALKED = 20_000;

/**
 * An untried assignment when the near ones are gone: a walk over a finite space (fewest changes first), else growing
 * random changes. Undefined when the space is finite and used up.
 */
export function lastResort(
  knobs: readonly Knob[],
  champion: Assignment,
  options: { readonly tried: ReadonlySet<string>; readonly random: Random },
): Assignment | undefined {
  const { tried, random } = options;
  const lists = knobs.map((knob) => levels(knob.domain));
  const size = lists.reduce((product, list) => product * (list?.length ?? Number.POSITIVE_INFINITY), 1);
  if (size <= WALKED) return nearestUntried(knobs, champion, { lists: lists.map((list) => list ?? []), tried });
  const weights = knobs.map(() => 1);
  for (let i = 0; i < 4000; i++) {
    const next = mutate(knobs, champion, { count: 1 + Math.floor(i / 50), weights, random });
    if (!tried.has(fingerprint(knobs, next))) return next;
  }
  return undefined;
}

function nearestUntried(
  knobs: readonly Knob[],
  champion: Assignment,
  options: { readonly lists: readonly (readonly Value[])[]; readonly tried: ReadonlySet<string> },
): Assignment | undefined {
  let best: { readonly values: Assignment; readonly changes: number } | undefined;
  for (const values of product(knobs, options.lists)) {
    const changes = knobs.filter((knob) => values[knob.key] !== champion[knob.key]).length;
    if (best !== undefined && changes >= best.changes) continue;
    if (!options.tried.has(fingerprint(knobs, values))) best = { values, changes };
  }
  return best?.values;
}

/** Every assignment of a finite space, in a fixed order. */
function* product(knobs: readonly Knob[], lists: readonly (readonly Value[])[]): Generator<Assignment> {
  const at = knobs.map(() => 0);
  if (lists.some((list) => list.length === 0)) return;
  for (;;) {
    yield Object.fromEntries(knobs.map((knob, i) => [knob.key, lists[i]?.[at[i] ?? 0] ?? 0]));
    let i = 0;
    while (i < at.length && (at[i] ?? 0) + 1 >= (lists[i]?.length ?? 0)) at[i++] = 0;
    if (i === at.length) return;
    at[i] = (at[i] ?? 0) + 1;
  }
}
