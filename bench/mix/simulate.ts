/**
 * Nights of a mix against agents of known yield: the real choice, the real tallies, an agent that is a coin.
 */
import { draw } from "../../src/agents/mix/bandit.ts";
import { randomFrom, weightedIndex } from "../../src/agents/tuner/random.ts";
import type { Experiment, Verdict } from "../../src/experiment.ts";
import { afterRun, afterTurn, afterVerdict, type Tallies } from "../../src/ledger/tally.ts";

export interface Coin {
  readonly label: string;
  readonly weight: number;
  /** Chance that an experiment is kept, by its number in the night. */
  readonly keeps: (n: number) => number;
  readonly seconds: number;
  readonly dollars: number;
}

export interface Night {
  /** Experiments of each agent. */
  readonly turns: Readonly<Record<string, number>>;
  readonly kept: number;
  /** Of each agent, whether it had a turn in each experiment. */
  readonly order: readonly string[];
}

/** `policy`: "bandit" is ours, "weights" draws by the weights alone. */
export function night(coins: readonly Coin[], experiments: number, seed: number, policy = "bandit"): Night {
  const random = randomFrom(seed);
  const order: string[] = [];
  const weights = coins.map((c) => c.weight);
  let tallies: Tallies = {};
  let kept = 0;
  for (let n = 1; n <= experiments; n++) {
    const turnSeed = Math.floor(random() * 2 ** 31);
    const byWeight = () => coins[weightedIndex(weights, randomFrom(turnSeed))]!;
    const coin = policy === "bandit" ? draw(coins, tallies, turnSeed) : byWeight();
    order.push(coin.label);
    const isKept = random() < coin.keeps(n);
    // Gains are skewed: many small ones, a few large.
    const gain = -Math.log(1 - random());
    kept += isKept ? 1 : 0;
    tallies = after(tallies, coin, isKept ? gain : undefined);
  }
  const turns = Object.fromEntries(coins.map((c) => [c.label, order.filter((label) => label === c.label).length]));
  return { turns, kept, order };
}

function after(tallies: Tallies, coin: Coin, gain: number | undefined): Tallies {
  const { label: agent, seconds, dollars } = coin;
  const usage = { seconds: seconds / 10, inputTokens: 0, outputTokens: 0, dollars };
  const e = { turns: [{ turn: 0, kind: "proposed", usage, agent }] } as unknown as Experiment;
  const verdict: Verdict =
    gain === undefined
      ? { kind: "discard", rule: "judge", reason: "", numbers: {} }
      : { kind: "keep", rule: "judge", reason: "", numbers: { d: gain } };
  const turned = afterTurn(tallies, { type: "proposed", agent, usage } as unknown as Parameters<typeof afterTurn>[1]);
  return afterVerdict(afterRun(turned, e, (9 * seconds) / 10), e, verdict);
}

/** Means over many nights. */
export function nights(coins: readonly Coin[], experiments: number, count: number, policy = "bandit") {
  const all = Array.from({ length: count }, (_, i) => night(coins, experiments, 1000 + i, policy));
  const shares = all.map((n) => (n.turns[coins[0]!.label] ?? 0) / experiments).sort((a, b) => a - b);
  const least = Math.min(...all.flatMap((n) => Object.values(n.turns)));
  const at = (q: number) => shares[Math.min(count - 1, Math.floor(q * count))]!;
  const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  return { share: mean(shares), low: at(0.1), high: at(0.9), least, kept: mean(all.map((n) => n.kept)) };
}
