/**
 * One simulated night: a lab with a true value, proposals with true effects, and runs that cost slots and carry noise.
 *
 * A policy sees only what `run*` answers; `keep` and `remove` tell the world what it did, and the world knows the
 * truth. Every stream of chance has its own generator, so two policies on one seed meet the same proposals in the same
 * order. Lower is better. When the slots are used up, the next run throws `NightOver`: it may come at any depth of a
 * policy.
 */
import { type Random, randomOf } from "./random.ts";
import type { Scenario } from "./scenarios.ts";

/** The slots are used up. Thrown, because a policy may be anywhere when the night ends. */
export class NightOver extends Error {}

/** How a run may end early; `error` is the standard deviation of partial minus final metric. */
export interface Stop {
  readonly fraction: number;
  readonly error: number;
  readonly hopeless: (partial: number) => boolean;
}

/** Extra slots of wandering beyond the night, for the fresh runs that confirm it. */
const BEYOND = 60;

export class Night {
  readonly scenario: Scenario;
  /** Slots used, and those of them that tried no new proposal. */
  slot = 0;
  confirming = 0;
  aborted = 0;
  proposals = 0;
  /** True value of the champion; 0 is the first baseline. */
  value = 0;
  /** Changes in the champion, in order. */
  readonly stack: number[] = [];
  /** True effect of every change at the moment it was kept, and its label. */
  readonly keeps: { readonly effect: number; readonly label: string | undefined }[] = [];
  /** The gain that the policy's own log claims, positive is better. */
  claimed = 0;
  private readonly effects: number[] = [];
  private readonly pairs = new Map<number, number>();
  private readonly machine: readonly number[];
  private readonly ofEffects: Random;
  private readonly ofNoise: Random;
  private readonly ofPairs: Random;

  constructor(scenario: Scenario, seed: number) {
    this.scenario = scenario;
    this.ofEffects = randomOf(seed, 1);
    this.ofNoise = randomOf(seed, 2);
    this.ofPairs = randomOf(seed, 3);
    this.machine = machineOf(scenario, randomOf(seed, 4));
  }

  /** The next proposal's number; the agent's thinking may cost slots. */
  propose(): number {
    if (this.scenario.thinking > 0) this.spend(this.scenario.thinking, false);
    this.proposals += 1;
    return this.proposals - 1;
  }

  /** A run of the champion with the proposal on top. */
  runProposal(i: number, confirming = false): number {
    const drift = this.spend(1, confirming);
    return this.value + this.effectOf(i) + drift + this.noise();
  }

  runChampion(confirming = true): number {
    return this.value + this.spend(1, confirming) + this.noise();
  }

  /** A run of the champion without the change j (a clean revert, which real stacks do not always allow). */
  runWithout(j: number): number {
    return this.value - this.marginalOf(j) + this.spend(1, true) + this.noise();
  }

  /** A run of an earlier state, known by its true value. */
  runState(value: number): number {
    return value + this.spend(1, true) + this.noise();
  }

  /** A run that ends after `fraction` of its slot when `hopeless` says so of its partial metric. */
  runStoppable(i: number, stop: Stop): { readonly final: number | undefined; readonly partial: number } {
    const final = this.value + this.effectOf(i) + this.machineAt(this.slot) + this.noise();
    const partial = final + stop.error * this.ofNoise.normal();
    if (!stop.hopeless(partial)) {
      this.spend(1, false);
      return { final, partial };
    }
    this.spend(stop.fraction, false);
    this.aborted += 1;
    return { final: undefined, partial };
  }

  /** A run of the champion in time that was idle anyway: it costs no slot. */
  runIdle(): number {
    return this.value + this.machineAt(this.slot) + this.noise();
  }

  keep(i: number, label?: string): void {
    const effect = this.effectOf(i);
    this.keeps.push({ effect, label });
    this.value += effect;
    this.stack.push(i);
  }

  remove(j: number): void {
    this.value -= this.marginalOf(j);
    this.stack.splice(this.stack.indexOf(j), 1);
  }

  /** True effect of a proposal on the present champion. */
  effectOf(i: number): number {
    return this.rawEffect(i) + this.interactionWith(i);
  }

  /** What the champion would lose (or gain, if positive) by taking j out. */
  marginalOf(j: number): number {
    return this.rawEffect(j) + this.interactionWith(j);
  }

  /** What the machine adds to a run that starts in this slot. */
  machineAt(slot: number): number {
    return this.machine[Math.min(Math.floor(slot), this.machine.length - 1)] ?? 0;
  }

  noise(): number {
    const { sigma, fluke } = this.scenario;
    const x = this.ofNoise.normal() * sigma;
    return fluke > 0 && this.ofNoise.uniform() < fluke ? x - 8 * sigma : x;
  }

  /** Uses up slots; answers what the machine adds just then. */
  private spend(slots: number, confirming: boolean): number {
    if (this.slot + slots > this.scenario.slots + 1e-9) throw new NightOver();
    const drift = this.machineAt(this.slot);
    this.slot += slots;
    if (confirming) this.confirming += slots;
    return drift;
  }

  private rawEffect(i: number): number {
    while (this.effects.length <= i) this.effects.push(drawEffect(this.scenario, this.effects.length, this.ofEffects));
    return this.effects[i] ?? 0;
  }

  private interactionWith(i: number): number {
    if (this.scenario.interaction === 0) return 0;
    let sum = 0;
    for (const j of this.stack) if (j !== i) sum += this.pair(i, j);
    return sum;
  }

  private pair(i: number, j: number): number {
    const key = Math.min(i, j) * 100_000 + Math.max(i, j);
    const known = this.pairs.get(key);
    if (known !== undefined) return known;
    const [a, b] = [this.rawEffect(i), this.rawEffect(j)];
    const size = Math.min(Math.abs(a), Math.abs(b), 0.4);
    const shared = a < 0 && b < 0 ? this.scenario.overlap * size : 0;
    const drawn = this.ofPairs.normal() * this.scenario.interaction * size + shared;
    this.pairs.set(key, drawn);
    return drawn;
  }
}

function drawEffect(s: Scenario, t: number, random: Random): number {
  const u = random.uniform();
  const winning = s.winShare + s.easyShare * Math.exp(-t / s.easyTime);
  if (s.nothing) return 0;
  if (u < winning) return -random.exponential(s.win);
  if (u < winning + s.harmShare) return random.exponential(s.harm);
  return s.mu + s.tau * random.normal();
}

function machineOf(s: Scenario, random: Random): readonly number[] {
  const slowAt = s.slowdown > 0 ? 20 + Math.floor(random.uniform() * 60) : Number.POSITIVE_INFINITY;
  const memory = Math.exp(-1 / 15);
  const fresh = Math.sqrt(1 - memory * memory) * s.wander;
  let x = random.normal() * s.wander;
  return Array.from({ length: s.slots + BEYOND }, (_, t) => {
    const now = x + (t >= slowAt ? s.slowdown : 0);
    x = memory * x + fresh * random.normal();
    return now;
  });
}
