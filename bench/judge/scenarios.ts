/**
 * The worlds that policies are tried in: noise, effects of proposals and faults of the machine, in 1e-3 bpb.
 *
 * Effects and noise are fitted to the published H100 night (125 experiments) and to replicated runs of similar
 * training; the numbers are those of the project's reference simulation. One log is little: read the others as "what
 * if".
 */

export interface Scenario {
  /** Standard deviation of one run. */
  readonly sigma: number;
  /** Most proposals: effect ~ N(mu, tau²); negative is better. */
  readonly mu: number;
  readonly tau: number;
  /** Share of clearly harmful proposals and their mean harm (exponential). */
  readonly harmShare: number;
  readonly harm: number;
  /** Share of clear wins, plus an extra share that decays over `easyTime` proposals; their mean gain. */
  readonly winShare: number;
  readonly easyShare: number;
  readonly easyTime: number;
  readonly win: number;
  /** Slots of the night; a full run takes one. */
  readonly slots: number;
  /** Interactions between kept changes: random spread and shared part, as a share of the smaller effect. */
  readonly interaction: number;
  readonly overlap: number;
  /** Wandering of the machine (AR(1), 15 slots), and a lasting slow-down at a random slot in 20–79. */
  readonly wander: number;
  readonly slowdown: number;
  /** Nothing has any effect. */
  readonly nothing: boolean;
  /** Chance of a run that comes out 8 sigma too good. */
  readonly fluke: number;
  /** Slots that the agent takes per proposal while the machine is idle. */
  readonly thinking: number;
}

const H100: Scenario = {
  sigma: 0.4,
  mu: 0.05,
  tau: 0.3,
  harmShare: 0.32,
  harm: 2.3,
  winShare: 0.02,
  easyShare: 0.45,
  easyTime: 10,
  win: 2.0,
  slots: 100,
  interaction: 0,
  overlap: 0,
  wander: 0,
  slowdown: 0,
  nothing: false,
  fluke: 0,
  thinking: 0,
};

const PLATEAU: Scenario = { ...H100, easyShare: 0 };

/** The three that the goals are stated for. */
export const MAIN_SCENARIOS = ["fresh night", "plateau night", "nothing to find"] as const;

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "fresh night": H100,
  "plateau night": PLATEAU,
  "nothing to find": { ...H100, nothing: true },
  "no noise": { ...PLATEAU, sigma: 0 },
  "noise 0.2 tau": { ...PLATEAU, sigma: 0.06 },
  "noise 0.5 tau": { ...PLATEAU, sigma: 0.15 },
  "noise 3 tau": { ...PLATEAU, sigma: 0.9 },
  "noise 5 tau": { ...PLATEAU, sigma: 1.5 },
  "deep plateau, 300 runs": { ...PLATEAU, winShare: 0.005, tau: 0.15, slots: 300 },
  "wandering machine": { ...PLATEAU, wander: 0.4 },
  "machine slows once": { ...PLATEAU, slowdown: 2 },
  "lucky flukes": { ...PLATEAU, fluke: 0.01 },
  interactions: { ...H100, interaction: 0.5, overlap: 0.15 },
  "two days, 700 runs": { ...PLATEAU, winShare: 0.01, slots: 700 },
  "agent thinks 0.25 slot": { ...PLATEAU, thinking: 0.25 },
};
