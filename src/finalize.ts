/**
 * `finalize`: the kept changes of a session as clean branches, one per independent change, each through the gates and
 * measured again beside the commit it starts from, with a text for a pull request.
 *
 * First the plan (`planFinalize`): by git's objects alone, nothing is changed. Then the work (`finalize`): gates, runs,
 * one event, branches. A branch whose gate fails or whose runs break a guard is not made, and said. Whether a change
 * pays alone decides nothing here: it is said, and the person decides. Not covered: pushing, and opening the request.
 */
import type { Commit, Experiment, Receipt } from "./experiment.ts";
import { branchName, commitGroup, makeBranches, refuseTaken } from "./finalize/branches.ts";
import { type Grouped, groupChanges } from "./finalize/groups.ts";
import type { Session } from "./ledger/session.ts";
import { guardBrokenBy } from "./plan/guards.ts";
import { freshRunsOf, scoresOf } from "./remeasure/figures.ts";
import { type Kept, keptChanges } from "./remeasure/kept.ts";
import { type Payment, paymentOf, paymentRecord } from "./remeasure/payment.ts";
import { type RestOptions, withYard } from "./remeasure/yard.ts";
import { type Arm, metricsOfRuns, type Remeasured, remeasure } from "./remeasure.ts";
import { runGates } from "./steps/gate.ts";
import { differingPaths, mergeTrees, treeOf } from "./workspace/merge-trees.ts";
import type { Workspace } from "./workspace.ts";
import { record, sessionNow, type Yard } from "./yard.ts";

/** A branch that is planned. */
export interface Planned {
  readonly branch: string;
  readonly commit: Commit;
  readonly tree: string;
  readonly changes: readonly Kept[];
}

export interface FinalizePlan {
  /** The commit from which the branches start. */
  readonly start: Commit;
  readonly startTree: string;
  /** The champion on the start; undefined: it does not merge onto it. */
  readonly target: string | undefined;
  readonly branches: readonly Planned[];
  readonly empty: Grouped["empty"];
  readonly conflicts: Grouped["conflicts"];
  /** Paths in which all branches together are not the champion; undefined: it does not merge onto the start. */
  readonly difference: readonly string[] | undefined;
}

/** What is planned for a session. `onto`: another commit to start from. Writes git objects, and nothing else. */
export async function planFinalize(
  ws: Workspace,
  session: Session,
  experiments: readonly Experiment[],
  onto: Commit | undefined,
): Promise<FinalizePlan> {
  const changes = keptChanges(session, experiments);
  const start = onto ?? session.base;
  const startTree = await treeOf(ws, start);
  const { groups, union, ...left } = await groupChanges(ws, startTree, changes, onto !== undefined);
  const branches: Planned[] = [];
  for (const [index, group] of groups.entries()) {
    const commit = await commitGroup(ws, session.tag, start, group);
    const branch = branchName(session.tag, index + 1, group.changes[0]?.hypothesis ?? "");
    branches.push({ branch, commit, tree: group.trees.at(-1) ?? startTree, changes: group.changes });
  }
  const theirs = changes.at(-1)?.after ?? session.baseTree;
  const whole = await mergeTrees(ws, { base: session.baseTree, ours: startTree, theirs });
  const target = whole.kind === "clean" ? whole.tree : undefined;
  return { start, startTree, target, branches, ...left, difference: await differenceOf(ws, union, target) };
}

async function differenceOf(ws: Workspace, union: string, target: string | undefined) {
  return target === undefined ? undefined : differingPaths(ws, union, target);
}

/** A branch after the work. */
export interface Finalized extends Planned {
  readonly receipts: readonly Receipt[];
  /** The gate or the guard that it did not meet, in words: there is no such branch then. */
  readonly failed?: string | undefined;
  readonly runs: readonly Remeasured[];
  /** Missing when a gate failed: nothing was run. */
  readonly payment?: Payment | undefined;
}

export interface FinalizeResult {
  readonly plan: FinalizePlan;
  readonly session: Session;
  readonly baseline: readonly Remeasured[];
  readonly branches: readonly Finalized[];
  /** Paths in which the branches that were made are together not the champion; undefined as in the plan. */
  readonly difference: readonly string[] | undefined;
  /** Refs under which replaced branches are kept. */
  readonly aside: readonly string[];
  /** How a run is made, for the text. */
  readonly run: string;
  readonly budgetSeconds: number;
}

export interface FinalizeOptions extends RestOptions {
  readonly plan: FinalizePlan;
  /** Runs of each branch and of the baseline; default: confirm-runs of program.md. */
  readonly runs?: number | undefined;
  /** Branches that are there are replaced. */
  readonly force: boolean;
}

/** Does what was planned; rejects with the signal's reason when it is aborted, and goes on there the next time. */
export async function finalize(options: FinalizeOptions): Promise<FinalizeResult> {
  const { ws, plan, tag } = options;
  await refuseTaken(ws, plan.branches, options.force);
  return withYard({ ...options, seal: plan.start }, async (yard) => {
    const gated = await gateAll(yard, options);
    const session = sessionNow(yard);
    const runs = await remeasure(yard, {
      kind: "finalize",
      arms: armsOf(yard, options, gated),
      onRun: (arm, run) => options.say(`  run ${run} of ${arm.name}`),
    });
    const baseline = runs.get("baseline") ?? [];
    const branches = weigh(yard, gated, runs);
    const made = branches.filter((b) => b.failed === undefined);
    const difference = await differenceOf(ws, await unionOf(ws, plan, made), plan.target);
    // Branches first: killed in between, the next finalize finds its runs again and records them.
    const aside = await makeBranches(ws, tag, made);
    record(yard, { type: "finalized", ...recordOf(plan.start, { baseline, branches, difference }) });
    const { run, budgetSeconds } = yard.program;
    return { plan, session, baseline, branches, difference, aside, run, budgetSeconds };
  });
}

/** They merge with each other: the plan has seen to it. */
async function unionOf(ws: Workspace, plan: FinalizePlan, made: readonly Planned[]): Promise<string> {
  let union = plan.startTree;
  for (const { tree } of made) {
    const merged = await mergeTrees(ws, { base: plan.startTree, ours: union, theirs: tree });
    if (merged.kind === "clean") union = merged.tree;
  }
  return union;
}

async function gateAll(yard: Yard, { plan, say }: FinalizeOptions): Promise<readonly Finalized[]> {
  const gated: Finalized[] = [];
  for (const planned of plan.branches) {
    yard.signal.throwIfAborted();
    if (yard.program.gates.length > 0) say(`  gates of ${planned.branch}`);
    const { commit, tree } = planned;
    const receipts = await runGates(yard, { name: `${yard.tag}-finalize-gates`, commit, tree });
    const broken = receipts.find((r) => !r.passed);
    const failed = broken === undefined ? undefined : `gate failed: ${broken.command}`;
    gated.push({ ...planned, receipts, failed, runs: [] });
  }
  return gated;
}

function armsOf(yard: Yard, { plan, runs }: FinalizeOptions, gated: readonly Finalized[]): readonly Arm[] {
  const passed = gated.filter((b) => b.failed === undefined);
  if (passed.length === 0) return [];
  const { program } = yard;
  const wanted = freshRunsOf(yard, runs);
  const one = (name: string, commit: Commit, experiment: number): Arm => {
    return { name, commit, program, runs: wanted, block: 0, experiment };
  };
  return [
    one("baseline", plan.start, 0),
    ...passed.map((b) => one(b.branch, b.commit, b.changes.at(-1)?.experiment ?? 0)),
  ];
}

function weigh(
  yard: Yard,
  gated: readonly Finalized[],
  runs: ReadonlyMap<string, readonly Remeasured[]>,
): readonly Finalized[] {
  const { rules, evidence } = sessionNow(yard);
  const before = metricsOfRuns(runs.get("baseline") ?? []);
  return gated.map((b): Finalized => {
    const own = runs.get(b.branch);
    if (own === undefined) return b;
    const others = [...runs].filter(([name]) => name !== b.branch && name !== "baseline").map(([, r]) => r);
    const groups = [...evidence.groups.map((g) => g.scores), ...others.map((r) => scoresOf(r, rules))];
    const [first] = b.changes;
    const one = b.changes.length === 1;
    const payment = paymentOf(
      {
        ...{ before, after: metricsOfRuns(own), groups, settled: evidence.settled },
        claim: one ? first?.claim : undefined,
        simpler: b.changes.every((c) => c.simpler),
      },
      rules,
    );
    const broken = guardOf(yard, own);
    return { ...b, runs: own, payment, failed: broken === undefined ? undefined : `guard broken: ${broken}` };
  });
}

/** The first guard that a run with a number does not meet. */
function guardOf(yard: Yard, runs: readonly Remeasured[]): string | undefined {
  const measured = runs.filter((r) => r.measurement?.metric !== undefined);
  return measured.map((r) => guardBrokenBy(yard.program, r)).find((broken) => broken !== undefined);
}

function recordOf(
  start: Commit,
  { baseline, branches, difference }: Pick<FinalizeResult, "baseline" | "branches" | "difference">,
) {
  return {
    start,
    baseline: [...metricsOfRuns(baseline)],
    branches: branches.map((b) => ({
      branch: b.branch,
      commit: b.commit,
      experiments: b.changes.map((c) => c.experiment),
      failed: b.failed?.slice(0, 4100),
      metrics: [...metricsOfRuns(b.runs)],
      payment: b.payment === undefined ? undefined : paymentRecord(b.payment),
    })),
    difference: (difference ?? []).slice(0, 100).map((path) => path.slice(0, 1000)),
  };
}
