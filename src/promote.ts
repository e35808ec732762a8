/**
 * `promote`: first baseline and champion of a session at other scales (`promote` in program.md), fresh runs,
 * interleaved, and what of the gain is there too. The noise of each scale is taken from its own runs: that of the
 * session says nothing about a longer budget or a larger model.
 *
 * Not covered: guards and gates at a scale, and data that `prepare` would make differently there: it is not run anew.
 */
import type { Session } from "./ledger/session.ts";
import { programAt, type Scale } from "./program.ts";
import { type Payment, paymentOf, paymentRecord } from "./remeasure/payment.ts";
import { type RestOptions, withYard } from "./remeasure/yard.ts";
import { type Arm, metricsOfRuns, type Remeasured, remeasure } from "./remeasure.ts";
import { type FreshGain, summarize } from "./summary.ts";
import { UserError } from "./util/user-error.ts";
import { record, sessionNow, type Yard } from "./yard.ts";

export interface PromotedScale {
  readonly scale: Scale;
  readonly budgetSeconds: number;
  readonly baseline: readonly Remeasured[];
  readonly champion: readonly Remeasured[];
  readonly payment: Payment;
}

export interface PromoteResult {
  readonly session: Session;
  /** The gain at the session's own scale, by fresh runs; missing when the champion was not confirmed. */
  readonly original?: FreshGain | undefined;
  readonly scales: readonly PromotedScale[];
}

export interface PromoteOptions extends RestOptions {
  readonly scales: readonly Scale[];
  /** Runs of each in place of the scale's `seeds`. */
  readonly runs?: number | undefined;
}

/** Scales by name, all when none is named; throws UserError for one that program.md does not declare. */
export function chooseScales(declared: readonly Scale[], names: readonly string[]): readonly Scale[] {
  if (declared.length === 0) {
    throw new UserError("program.md: expected scales under promote, found none", {
      fix: "add to the front matter: promote: [{ name: long, budget: 10m, seeds: 3 }]",
    });
  }
  for (const name of names) {
    if (declared.some((scale) => scale.name === name)) continue;
    const known = declared.map((scale) => scale.name).join(", ");
    throw new UserError(`--scale: expected one of ${known}, found "${name}"`, {
      fix: `nightyard promote --scale ${declared[0]?.name}`,
    });
  }
  return names.length === 0 ? declared : declared.filter((scale) => names.includes(scale.name));
}

/** Measures each scale; rejects with the signal's reason when it is aborted, and goes on there the next time. */
export async function promote(options: PromoteOptions): Promise<PromoteResult> {
  return withYard(options, async (yard) => {
    const session = sessionNow(yard);
    const runs = await remeasure(yard, {
      kind: "promote",
      arms: options.scales.flatMap((scale, block) => armsOf(yard, { scale, block, runs: options.runs })),
      onRun: (arm, run) => options.say(`  run ${run} of ${arm.name.replace("/", ": ")}`),
    });
    const original = summarize(session, []).fresh;
    const scales = options.scales.map((scale) => weigh(yard, scale, { runs, original }));
    record(yard, { type: "promoted", commit: session.champion.commit, scales: scales.map(recordOf) });
    return { session, original, scales };
  });
}

function armsOf(
  yard: Yard,
  { scale, block, runs }: { scale: Scale; block: number; runs: number | undefined },
): readonly Arm[] {
  const { base, champion, rules } = sessionNow(yard);
  const program = programAt(yard.program, scale);
  const wanted = rules.deterministic ? 1 : (runs ?? scale.seeds);
  const same = { program, block, runs: wanted };
  return [
    { ...same, name: `${scale.name}/baseline`, commit: base, experiment: 0 },
    { ...same, name: `${scale.name}/champion`, commit: champion.commit, experiment: champion.experiment },
  ];
}

interface Known {
  readonly runs: ReadonlyMap<string, readonly Remeasured[]>;
  readonly original: FreshGain | undefined;
}

function weigh(yard: Yard, scale: Scale, { runs, original }: Known): PromotedScale {
  const baseline = runs.get(`${scale.name}/baseline`) ?? [];
  const champion = runs.get(`${scale.name}/champion`) ?? [];
  const { rules } = sessionNow(yard);
  const before = metricsOfRuns(baseline);
  const pair = { before, after: metricsOfRuns(champion), groups: [], claim: claimOf(original, before, rules) };
  const payment = paymentOf(pair, { ...rules, sigmaPrior: undefined, dfPrior: 0 });
  return { scale, budgetSeconds: programAt(yard.program, scale).budgetSeconds, baseline, champion, payment };
}

/** The original gain at this scale's size: the same share of the metric. In score units, where better is more. */
function claimOf(original: FreshGain | undefined, before: readonly number[], rules: Session["rules"]) {
  if (original === undefined || !original.proven || before.length === 0) return undefined;
  const share = Math.abs(original.champion - original.baseline) / Math.abs(original.baseline);
  if (rules.scale === "log") return Math.abs(Math.log(original.champion / original.baseline));
  const size = Math.abs(before.reduce((sum, x) => sum + x, 0) / before.length);
  return Number.isFinite(share) ? share * size : undefined;
}

function recordOf({ scale, budgetSeconds, baseline, champion, payment }: PromotedScale) {
  return {
    name: scale.name,
    budgetSeconds,
    baseline: [...metricsOfRuns(baseline)],
    champion: [...metricsOfRuns(champion)],
    payment: paymentRecord(payment),
  };
}
