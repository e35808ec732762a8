/**
 * Objectives with a known optimum, drawn anew for each seed: where the optimum lies, which knobs matter and how much.
 *
 * The start is a sound guess, as in a real lab: off by a factor of about two to four per knob that matters, never wild.
 */
import type { Domain, Value } from "../../src/agents/tuner/domain.ts";
import { fromUnit, toUnit } from "../../src/agents/tuner/domain.ts";
import { normal, type Random, randomFrom } from "../../src/agents/tuner/random.ts";
import type { Assignment, Knob } from "../../src/agents/tuner/search.ts";

export interface Objective {
  readonly knobs: readonly Knob[];
  readonly start: Assignment;
  /** One noisy measurement, lower is better; undefined is a crash. */
  readonly measure: (values: Assignment, random: Random) => number | undefined;
  /** The loss without noise, or nearly so; only the bench sees it. */
  readonly truth: (values: Assignment) => number;
  /** Standard deviation of a measurement, as a lab would have found it. */
  readonly noise: number;
}

export interface Named {
  readonly name: string;
  readonly make: (seed: number) => Objective;
}

/** Sixteen knobs of which four matter. */
const sparse: Named = {
  name: "sparse, 4 of 16",
  make: (seed) => quadratic(seed, { knobs: 16, matter: 4, noise: 0.03 }),
};

/** Five knobs in a narrow, turned valley: what one knob should be depends on the others. */
const valley: Named = { name: "valley, 5 knobs", make: (seed) => turned(seed, 0.02) };

/** Ten knobs that crash when two of them are turned up too far, and a start not far from the cliff. */
const cliff: Named = { name: "cliff, 10 knobs", make: crashing };

/** Four flags, three choices and five numbers, of which whole and powers of two. */
const mixed: Named = { name: "mixed, 12 knobs", make: mixture };

/** All of them. */
export const SYNTHETIC: readonly Named[] = [sparse, valley, cliff, mixed];

const LOG: Domain = { kind: "span", low: 1e-4, high: 1e-2, scale: "log", integer: false, powerOfTwo: false };

function logKnobs(count: number): readonly Knob[] {
  return Array.from({ length: count }, (_, i) => ({ key: `k${i}`, domain: LOG, weight: 1 }));
}

function units(knobs: readonly Knob[], values: Assignment): readonly number[] {
  return knobs.map((knob) => toUnit(knob.domain, values[knob.key] ?? 0));
}

/** In the middle half of the range, so that the optimum lies inside it. */
function inside(random: Random): number {
  return 0.2 + 0.6 * random();
}

function startAt(knobs: readonly Knob[], best: readonly number[], random: Random): Assignment {
  const value = (knob: Knob, at: number): Value => {
    const away = (random() < 0.5 ? -1 : 1) * (0.12 + 0.2 * random());
    return fromUnit(knob.domain, at + away);
  };
  return Object.fromEntries(knobs.map((knob, i) => [knob.key, value(knob, best[i] ?? 0.5)]));
}

function quadratic(
  seed: number,
  size: { readonly knobs: number; readonly matter: number; readonly noise: number },
): Objective {
  const random = randomFrom(seed);
  const knobs = logKnobs(size.knobs);
  const best = knobs.map(() => inside(random));
  const order = knobs.map(() => random());
  const rank = order.map((o) => order.filter((other) => other < o).length);
  const importance = rank.map((r) => (r < size.matter ? 3 ** (-3 * (r / size.matter)) : 0));
  const loss = (values: Assignment) =>
    units(knobs, values).reduce((sum, u, i) => sum + importance[i]! * saturating(u - best[i]!), 0);
  return scaled({ knobs, start: startAt(knobs, best, random), loss, noise: size.noise });
}

/** Quadratic near the optimum, linear far from it. */
function saturating(gap: number): number {
  return Math.sqrt(0.04 + gap * gap) - 0.2;
}

function turned(seed: number, noise: number): Objective {
  const random = randomFrom(seed);
  const knobs = logKnobs(5);
  const best = knobs.map(() => inside(random));
  const axes = knobs.map(() => knobs.map(() => normal(random)));
  const loss = (values: Assignment) => {
    const gaps = units(knobs, values).map((u, i) => u - best[i]!);
    return axes.reduce((sum, axis, a) => {
      const along = axis.reduce((dot, x, i) => dot + x * gaps[i]!, 0) / Math.sqrt(5);
      return sum + 4 ** -a * saturating(along * 2);
    }, 0);
  };
  return scaled({ knobs, start: startAt(knobs, best, random), loss, noise });
}

function crashing(seed: number): Objective {
  const base = quadratic(seed, { knobs: 10, matter: 6, noise: 0.03 });
  const [first, second] = units(base.knobs, base.start);
  const limit = first! + second! + 0.3;
  const measure = (values: Assignment, random: Random) => {
    const at = units(base.knobs, values);
    return at[0]! + at[1]! > limit ? undefined : base.measure(values, random);
  };
  return { ...base, measure };
}

function mixture(seed: number): Objective {
  const random = randomFrom(seed);
  const flag: Domain = { kind: "choice", values: [false, true], ordered: false };
  const names: Domain = { kind: "choice", values: ["a", "b", "c", "d"], ordered: false };
  const whole: Domain = { kind: "span", low: 1, high: 24, scale: "log", integer: true, powerOfTwo: false };
  const power: Domain = { kind: "span", low: 16, high: 1024, scale: "log", integer: true, powerOfTwo: true };
  const domains = [flag, flag, flag, flag, names, names, names, whole, whole, power, LOG, LOG];
  const knobs = domains.map((domain, i) => ({ key: `k${i}`, domain, weight: 1 }));
  const best = knobs.map(() => inside(random));
  const importance = knobs.map(() => 3 ** (-3 * random()));
  const worth = knobs.map((knob) => (knob.domain.kind === "choice" ? knob.domain.values.map(() => random()) : []));
  const lossOf = (knob: Knob, i: number, values: Assignment) =>
    knob.domain.kind === "choice"
      ? 0.25 * worth[i]![knob.domain.values.indexOf(values[knob.key] ?? "")]!
      : saturating(toUnit(knob.domain, values[knob.key] ?? 0) - best[i]!);
  const floor = knobs.reduce(
    (s, k, i) => s + (k.domain.kind === "choice" ? importance[i]! * 0.25 * Math.min(...worth[i]!) : 0),
    0,
  );
  const loss = (values: Assignment) => knobs.reduce((s, k, i) => s + importance[i]! * lossOf(k, i, values), 0) - floor;
  return scaled({ knobs, start: startAt(knobs, best, random), loss, noise: 0.03 });
}

/** Puts the start at loss 1 above an optimum of 0, so that noise and gains mean the same everywhere. */
function scaled(raw: {
  readonly knobs: readonly Knob[];
  readonly start: Assignment;
  readonly loss: (values: Assignment) => number;
  readonly noise: number;
}): Objective {
  const top = raw.loss(raw.start);
  const truth = (values: Assignment) => raw.loss(values) / top;
  const measure = (values: Assignment, random: Random) => truth(values) + raw.noise * normal(random);
  return { knobs: raw.knobs, start: raw.start, measure, truth, noise: raw.noise };
}
