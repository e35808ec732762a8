/**
 * The tuner's method: expected improvement over the champion (Jones, Schonlau and Welch 1998) under a Gaussian process
 * of all earlier proposals, among random moves that change one to three constants.
 *
 * Chosen against the tree-structured Parzen estimator and the (1+1) evolution strategy by `bench/tuner`; see
 * docs/decisions/0002-tuner.md, also for what did not help.
 */
import { lastResort, mutate } from "./moves.ts";
import { observationsOf, pointOf } from "./observations.ts";
import { type Random, randomFrom } from "./random.ts";
import { type Assignment, fingerprint, type Question, triedBy } from "./search.ts";
import { fitSurrogate, type Surrogate } from "./surrogate.ts";

const CANDIDATES = 100;
/**
 * Whoever set a number did so with some care: the loss is expected to rise by this much, times the knob's share of all
 * effects, for the whole width of its domain squared. It keeps first steps from the ends of the domain.
 */
const CARE = 1;
/** How much the weights given still count where knobs to turn are drawn, beside those learnt. */
const GIVEN = 0.3;

/** See `Strategy`. Deterministic in its question. */
export function modelSearch(question: Question): Assignment | undefined {
  const { knobs, champion } = question;
  const random = randomFrom(question.seed);
  const tried = triedBy(question);
  const model = fitSurrogate(observationsOf(question));
  const weights = knobs.map((knob, c) => GIVEN * knob.weight + (model.weights[c] ?? 0));
  let best: { readonly values: Assignment; readonly worth: number } | undefined;
  for (let i = 0; i < CANDIDATES; i++) {
    const values = mutate(knobs, champion, { count: drawCount(random), weights, random });
    const worth = worthOf(question, model, values);
    if (best !== undefined && !(worth > best.worth)) continue;
    if (!tried.has(fingerprint(knobs, values))) best = { values, worth };
  }
  return best?.values ?? lastResort(knobs, champion, { tried, random });
}

function drawCount(random: Random): number {
  const r = random();
  return r < 0.4 ? 1 : r < 0.75 ? 2 : 3;
}

function worthOf(question: Question, model: Surrogate, values: Assignment): number {
  const { mean, deviation } = model.difference(pointOf(question, values));
  return expectedImprovement(mean + care(question, model, values), deviation);
}

/** Choices are exempt: they have no distance. */
function care(question: Question, model: Surrogate, values: Assignment): number {
  const [here, home] = [pointOf(question, values), pointOf(question, question.champion)];
  const cost = (c: number) => model.weights[c]! * (here[c]! - home[c]!) ** 2;
  return CARE * question.knobs.reduce((sum, knob, c) => sum + (knob.domain.kind === "choice" ? 0 : cost(c)), 0);
}

/** The mean of max(0, -x) for x normal: how much lower than the champion, counting only what is lower. */
function expectedImprovement(mean: number, deviation: number): number {
  const z = -mean / deviation;
  return deviation * (z * cumulative(z) + Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI));
}

/** Logistic fit of the normal distribution function (Bowling et al. 2009), off by less than 0.0002. */
function cumulative(z: number): number {
  return 1 / (1 + Math.exp(-1.5976 * z - 0.07056 * z ** 3));
}
