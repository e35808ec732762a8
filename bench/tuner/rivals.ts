/**
 * The methods the tuner is measured against. None of them is used by the tuner.
 *
 * - random: every knob anew, uniform over its range; the peer every search must beat
 * - random step: one to three knobs of the champion, a random step each; what a diligent person without memory does
 * - parzen: tree-structured Parzen estimator (Bergstra et al. 2011) with the defaults of Optuna: 10 random starts, the
 *   best tenth against the rest, 24 draws
 * - evolution: (1+1) evolution strategy around the champion, a step size per knob, grown on success, shrunk on failure
 */
import { fromUnit, toUnit } from "../../src/agents/tuner/domain.ts";
import { lastResort, mutate, stepped } from "../../src/agents/tuner/moves.ts";
import { normal, type Random, randomFrom, weightedIndex } from "../../src/agents/tuner/random.ts";
import {
  type Assignment,
  fingerprint,
  type Knob,
  type Question,
  type Seen,
  type Strategy,
  triedBy,
} from "../../src/agents/tuner/search.ts";

/** Random search over the whole ranges. */
export const randomSearch: Strategy = (question) =>
  untried(question, (random) =>
    Object.fromEntries(question.knobs.map((knob) => [knob.key, fromUnit(knob.domain, spread(knob, random))])),
  );

/** Random steps from the champion, one to three knobs. */
export const randomStep: Strategy = (question) =>
  untried(question, (random) =>
    mutate(question.knobs, question.champion, {
      count: 1 + Math.floor(random() * 3),
      weights: question.knobs.map(() => 1),
      random,
    }),
  );

/** The Parzen estimator over whole assignments. */
export const parzen: Strategy = (question) => {
  if (question.seen.length < 10) return randomSearch(question);
  const ranked = [...question.seen].sort((a, b) => rankOf(a) - rankOf(b));
  const good = ranked.slice(0, Math.min(25, Math.ceil(0.1 * ranked.length)));
  const bad = ranked.slice(good.length);
  return untried(question, (random) => {
    const values = question.knobs.map((knob) => [knob.key, parzenValue(knob, { good, bad }, random)] as const);
    return Object.fromEntries(values);
  });
};

/** The evolution strategy; its state is replayed from what was seen. */
export const evolution: Strategy = (question) => {
  const states = question.knobs.map((knob) => replay(knob, question.seen));
  return untried(question, (random, attempt) => {
    const next = { ...question.champion };
    const weights = states.map((s) => (s.wins + 1) / (s.wins + s.losses + 1.5));
    const count = random() < 0.7 ? 1 : 2;
    for (let i = 0; i < count; i++) {
      const at = weightedIndex(weights, random);
      weights[at] = 1e-9;
      const knob = question.knobs[at]!;
      const state = states[at]!;
      const side = random() < 0.85 ? state.side || (random() < 0.5 ? -1 : 1) : random() < 0.5 ? -1 : 1;
      const size = state.size * Math.exp(0.3 * normal(random)) * (1 + attempt / 20);
      const value = stepped(knob, next[knob.key]!, side * size) ?? stepped(knob, next[knob.key]!, -side * size);
      if (value !== undefined) next[knob.key] = value;
    }
    return next;
  });
};

function untried(question: Question, draw: (random: Random, attempt: number) => Assignment): Assignment | undefined {
  const random = randomFrom(question.seed);
  const tried = triedBy(question);
  for (let attempt = 0; attempt < 100; attempt++) {
    const values = draw(random, attempt);
    if (!tried.has(fingerprint(question.knobs, values))) return values;
  }
  return lastResort(question.knobs, question.champion, { tried, random });
}

/** Uniform over the values, also at the ends of a list. */
function spread(knob: Knob, random: Random): number {
  if (knob.domain.kind !== "choice") return random();
  const n = knob.domain.values.length;
  return n < 2 ? 0 : Math.floor(random() * n) / (n - 1);
}

function rankOf(seen: Seen): number {
  return seen.loss ?? Number.MAX_VALUE;
}

function parzenValue(
  knob: Knob,
  split: { readonly good: readonly Seen[]; readonly bad: readonly Seen[] },
  random: Random,
) {
  const places = (seen: readonly Seen[]) => seen.map((s) => toUnit(knob.domain, s.values[knob.key] ?? 0));
  const [good, bad] = [places(split.good), places(split.bad)];
  let best = { unit: spread(knob, random), score: Number.NEGATIVE_INFINITY };
  for (let i = 0; i < 24; i++) {
    const from = Math.floor(random() * (good.length + 1));
    const center = good[from];
    const unit = center === undefined || isFlag(knob) ? spread(knob, random) : center + widthOf(good) * normal(random);
    if (unit < 0 || unit > 1) continue;
    const score = Math.log(density(knob, good, unit)) - Math.log(density(knob, bad, unit));
    if (score > best.score) best = { unit, score };
  }
  return fromUnit(knob.domain, best.unit);
}

function isFlag(knob: Knob): boolean {
  return knob.domain.kind === "choice";
}

function widthOf(places: readonly number[]): number {
  return Math.max(0.05, 0.5 * places.length ** -0.5);
}

/** Kernels around the places, and one uniform over the range. */
function density(knob: Knob, places: readonly number[], unit: number): number {
  const width = widthOf(places);
  const near = (place: number) =>
    isFlag(knob)
      ? Math.abs(place - unit) < 1e-9
        ? 1
        : 0
      : Math.exp(-0.5 * ((place - unit) / width) ** 2) / (width * 2.5066);
  return (1 + places.reduce((sum, place) => sum + near(place), 0)) / (places.length + 1);
}

interface KnobState {
  readonly size: number;
  readonly side: number;
  readonly wins: number;
  readonly losses: number;
}

function replay(knob: Knob, seen: readonly Seen[]): KnobState {
  let state: KnobState & { flipped: boolean } = { size: 0.2, side: 0, wins: 0, losses: 0, flipped: false };
  let champion: Assignment | undefined;
  for (const s of seen) {
    if (s.changed.includes(knob.key)) {
      const before = champion?.[knob.key];
      const went =
        before === undefined ? 0 : Math.sign(toUnit(knob.domain, s.values[knob.key]!) - toUnit(knob.domain, before));
      if (s.verdict === "keep") {
        state = {
          size: Math.min(0.5, state.size * 1.5),
          side: went,
          wins: state.wins + 1,
          losses: state.losses,
          flipped: false,
        };
      } else {
        const size = state.flipped ? state.size * 0.6 : state.size;
        state = { size, side: -went, wins: state.wins, losses: state.losses + 1, flipped: !state.flipped };
      }
    }
    if (s.verdict === "keep" || champion === undefined) champion = s.verdict === "keep" ? s.values : champion;
  }
  return state;
}
