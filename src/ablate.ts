/**
 * `ablate`: leaves the kept changes out one at a time (a three-way merge that takes one back from the champion),
 * measures the champion and each of these afresh, interleaved, and names the changes that no longer pay.
 *
 * A change upon which later ones build cannot be left out alone: which ones is found by applying them without it. Not
 * covered: two changes that only pay together, or only without each other; each is left out alone.
 */
import { commitTree } from "./ablate/commit.ts";
import type { Commit, Experiment } from "./experiment.ts";
import type { Session } from "./ledger/session.ts";
import { freshRunsOf, scoresOf } from "./remeasure/figures.ts";
import { type Kept, keptChanges } from "./remeasure/kept.ts";
import { type Payment, paymentOf, paymentRecord } from "./remeasure/payment.ts";
import { type RestOptions, withYard } from "./remeasure/yard.ts";
import { type Arm, metricsOfRuns, type Remeasured, remeasure } from "./remeasure.ts";
import { mergeTrees } from "./workspace/merge-trees.ts";
import type { Workspace } from "./workspace.ts";
import { record, sessionNow, type Yard } from "./yard.ts";

/** A kept change and the champion without it. */
export type LeftOut =
  | { readonly kind: "out"; readonly change: Kept; readonly commit: Commit }
  /** Later changes that do not apply without it; none: only the text around it was changed again. */
  | { readonly kind: "builtUpon"; readonly change: Kept; readonly by: readonly number[] }
  /** Nothing of it is left in the champion. */
  | { readonly kind: "gone"; readonly change: Kept };

/** The champion without each of its changes. Writes git objects, and nothing else. */
export async function planAblate(
  ws: Workspace,
  session: Session,
  experiments: readonly Experiment[],
): Promise<readonly LeftOut[]> {
  const changes = keptChanges(session, experiments);
  const champion = changes.at(-1)?.after ?? session.baseTree;
  const plan: LeftOut[] = [];
  for (const [index, change] of changes.entries()) {
    const merged = await mergeTrees(ws, { base: change.after, ours: champion, theirs: change.before });
    if (merged.kind === "conflict") {
      plan.push({ kind: "builtUpon", change, by: await buildersOn(ws, change, changes.slice(index + 1)) });
    } else if (merged.tree === champion) plan.push({ kind: "gone", change });
    else plan.push({ kind: "out", change, commit: await commitTree(ws, session, change, merged.tree) });
  }
  return plan;
}

/** Which of the later changes do not apply when this one, and those that need it, are left out. */
async function buildersOn(ws: Workspace, change: Kept, later: readonly Kept[]): Promise<readonly number[]> {
  let tree = change.before;
  const by: number[] = [];
  for (const next of later) {
    const merged = await mergeTrees(ws, { base: next.before, ours: tree, theirs: next.after });
    if (merged.kind === "clean") tree = merged.tree;
    else by.push(next.experiment);
  }
  return by;
}

export interface Ablated {
  readonly left: LeftOut;
  readonly runs: readonly Remeasured[];
  /** What the change adds to all the others; missing when it could not be left out. */
  readonly payment?: Payment | undefined;
}

export interface AblateResult {
  readonly session: Session;
  readonly champion: readonly Remeasured[];
  readonly changes: readonly Ablated[];
}

export interface AblateOptions extends RestOptions {
  readonly plan: readonly LeftOut[];
  /** Runs of each; default: confirm-runs of program.md. */
  readonly runs?: number | undefined;
}

/** Measures what was planned; rejects with the signal's reason when it is aborted, and goes on there the next time. */
export async function ablate(options: AblateOptions): Promise<AblateResult> {
  return withYard(options, async (yard) => {
    const session = sessionNow(yard);
    const runs = await remeasure(yard, {
      kind: "ablate",
      arms: armsOf(yard, options),
      onRun: (arm, run) => options.say(`  run ${run} of ${arm.name === "champion" ? arm.name : `all but ${arm.name}`}`),
    });
    const changes = options.plan.map((left) => weigh(yard, left, runs));
    const champion = runs.get("champion") ?? [];
    record(yard, { type: "ablated", commit: session.champion.commit, ...recordOf(champion, changes) });
    return { session, champion, changes };
  });
}

function armsOf(yard: Yard, { plan, runs }: AblateOptions): readonly Arm[] {
  const out = plan.filter((left) => left.kind === "out");
  if (out.length === 0) return [];
  const { program } = yard;
  const { champion } = sessionNow(yard);
  const same = { program, runs: freshRunsOf(yard, runs), block: 0 };
  return [
    { ...same, name: "champion", commit: champion.commit, experiment: champion.experiment },
    ...out.map(({ change, commit }) => {
      return { ...same, name: `e${change.experiment}`, commit, experiment: change.experiment };
    }),
  ];
}

function weigh(yard: Yard, left: LeftOut, runs: ReadonlyMap<string, readonly Remeasured[]>): Ablated {
  const name = `e${left.change.experiment}`;
  const own = runs.get(name);
  if (left.kind !== "out" || own === undefined) return { left, runs: [] };
  const { rules, evidence } = sessionNow(yard);
  const others = [...runs].filter(([other]) => other !== name && other !== "champion").map(([, r]) => r);
  const groups = [...evidence.groups.map((g) => g.scores), ...others.map((r) => scoresOf(r, rules))];
  const before = metricsOfRuns(own);
  const after = metricsOfRuns(runs.get("champion") ?? []);
  const { claim, simpler } = left.change;
  const payment = paymentOf({ before, after, groups, settled: evidence.settled, claim, simpler }, rules);
  // Without it there is no number at all: the others need it, which no text could show.
  if (before.length === 0 && after.length > 0) {
    return { left, runs: own, payment: { ...payment, word: "pays", why: "runs without it gave no number" } };
  }
  return { left, runs: own, payment };
}

function recordOf(champion: readonly Remeasured[], changes: readonly Ablated[]) {
  return {
    champion: [...metricsOfRuns(champion)],
    without: changes.map(({ left, runs, payment }) => ({
      change: left.change.experiment,
      metrics: [...metricsOfRuns(runs)],
      payment: payment === undefined ? undefined : paymentRecord(payment),
      why: left.kind === "out" ? undefined : whyNot(left),
    })),
  };
}

/** Why a change was not left out, in words. */
export function whyNot(left: Exclude<LeftOut, { kind: "out" }>): string {
  if (left.kind === "gone") return "nothing of it is left in the champion";
  const by = left.by.slice(0, 20).map((n) => `e${String(n).padStart(4, "0")}`);
  if (by.length === 0) return "cannot be left out alone: the lines around it were changed again";
  return `cannot be left out alone: ${by.join(", ")} ${by.length === 1 ? "builds" : "build"} on it`;
}
