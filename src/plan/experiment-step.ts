/**
 * What an open experiment needs next: a turn, its gates, a run, a decision, or its end. Pure.
 */
import { SEED_FLAGS } from "../change-facts.ts";
import { due, noiseOf, referenceScores } from "../evidence.ts";
import { agentOf, describeOutcome, type Experiment, PERSON, stageOf, type TurnRecord, wasLost } from "../experiment.ts";
import { decide, orient } from "../judge.ts";
import { challengerRuns, scoresOf } from "../ledger/fold.ts";
import { reachedSpending } from "./caps.ts";
import { brokenGuard } from "./guards.ts";
import type { Step, View } from "./step.ts";

/** Runs that said nothing (lost, cancelled), or baseline runs without a number, after which it is given up. */
const MAX_LOST_RUNS = 4;
/** Proposals of one experiment that conflict with one champion after the other. */
const MAX_PROPOSALS = 4;
/** Waits for a rate limit within one experiment: at 15 minutes at most each, half a night. */
const MAX_WAITS = 24;

/** The one next step of the experiment that is open. */
export function stepOfExperiment(view: View, e: Experiment): Step {
  const experiment = e.number;
  const stage = stageOf(e);
  switch (stage) {
    case "propose":
      return stepOfTurn(view, e);
    case "gate":
      return { do: "gate", experiment };
    case "run":
    case "measure":
      throw new Error(`experiment ${experiment} has an open run that the session does not know`);
    case "judge":
      return experiment === 0 ? stepOfBaseline(view, e) : stepOfContest(view, e);
    case "done":
      throw new Error(`experiment ${experiment} is done and still open`);
    default:
      return stage satisfies never;
  }
}

/** Asks the agent, waits for it, or gives the experiment up for lack of a proposal. */
function stepOfTurn(view: View, e: Experiment): Step {
  const last = e.turns.at(-1);
  const turn = e.turns.length;
  // It was proposed and could not be merged: once more, on the present champion.
  if (e.conflict !== undefined && last?.kind === "proposed") {
    // A person's own change is not for an agent to merge.
    const again = agentOf(e) !== PERSON && e.turns.filter((t) => t.kind === "proposed").length < MAX_PROPOSALS;
    if (again) return { do: "propose", experiment: e.number, turn, repair: false };
    return close(e, "conflict", `it cannot be merged onto the present champion: ${e.conflict.files.join(", ")}`);
  }
  const propose: Step = { do: "propose", experiment: e.number, turn, repair: false };
  if (last === undefined) return propose;
  if (last.kind === "rateLimited") {
    if (turn >= MAX_WAITS) return close(e, "agent", `the agent was rate-limited ${turn} times in a row`);
    const waits = last.until !== undefined && last.until > view.now && last.elsewhere !== true && !view.handedIn;
    return waits && last.until !== undefined ? { do: "wait", until: last.until } : propose;
  }
  if (last.elsewhere === true && turn < MAX_WAITS) return propose;
  const why = last.why ?? "no reason given";
  const isPersons = last.agent === PERSON && last.kind === "failed";
  return close(e, isPersons ? "handed in" : RULE_OF_TURN[last.kind], why);
}

/** The rule that closes an experiment for which a turn made no proposal. */
const RULE_OF_TURN: Readonly<Record<TurnRecord["kind"], string>> = {
  proposed: "agent",
  noChange: "no change",
  refused: "agent",
  failed: "agent",
  exhausted: "exhausted",
  rateLimited: "agent",
  outOfScope: "scope",
  duplicate: "duplicate",
};

function close(e: Experiment, rule: string, reason: string, crash = false): Step {
  return { do: "close", experiment: e.number, rule, reason, crash };
}

/** The baseline: gates first, then its runs until the noise is known. */
function stepOfBaseline(view: View, e: Experiment): Step {
  const failed = e.receipts?.find((r) => !r.passed);
  if (failed !== undefined) {
    return endOfBaseline(`the gate "${failed.command}" fails on the unchanged lab, so no change could ever pass it`);
  }
  const told = e.runs.filter((r) => !wasLost(r));
  const broken = told.filter((r) => r.measurement?.metric === undefined);
  const lost = e.runs.length - told.length;
  if (broken.length + lost >= MAX_LOST_RUNS || (broken.length > 0 && broken.length === told.length)) {
    return endOfBaseline(`the unchanged lab gives no number: ${whyBroken(broken.at(-1) ?? e.runs.at(-1))}`);
  }
  if (due(view.session.evidence, view.session.rules) === "baseline") {
    return { do: "ask", experiment: 0, role: "baseline" };
  }
  return close(e, "baseline", `the lab as it stands, ${told.length - broken.length} runs`);
}

function whyBroken(run: Experiment["runs"][number] | undefined): string {
  return run?.measurement?.why ?? (run?.outcome === undefined ? "it was not run" : describeOutcome(run.outcome));
}

/** A proposal that stands: gates, then runs, then the judge's word. */
function stepOfContest(view: View, e: Experiment): Step {
  const failed = e.receipts?.find((r) => !r.passed);
  if (failed !== undefined)
    return close(e, "gate", `"${failed.command}" ended with ${failed.exitCode ?? "no exit code"}`);
  const seed = e.proposal?.flags.find((flag) => view.program.randomness === "refuse" && SEED_FLAGS.includes(flag));
  if (seed !== undefined) return close(e, "seed", `${seed}: another draw of the noise is no improvement`);
  const lost = e.runs.filter((r) => wasLost(r) && r.commit === e.proposal?.commit);
  if (lost.length >= MAX_LOST_RUNS)
    return close(e, "lost", `${lost.length} runs were lost: ${whyBroken(lost.at(-1))}`, true);
  const runs = challengerRuns(e);
  if (runs.length === 0 && isStale(view, e)) return { do: "rebase", experiment: e.number };
  if (runs.length === 0) return { do: "ask", experiment: e.number, role: "challenger" };
  const breach = runs.find((r) => r.measurement?.breach === true);
  if (breach !== undefined) return close(e, "integrity", whyBroken(breach));
  const stopped = runs.find((r) => r.outcome?.kind === "stoppedEarly");
  if (stopped !== undefined) return close(e, "early stop", whyBroken(stopped));
  const crashed = runs.find((r) => r.measurement?.metric === undefined);
  if (crashed !== undefined) return stepOfCrash(view, e, whyBroken(crashed));
  const guard = brokenGuard(view.program, e);
  if (guard !== undefined) return close(e, "guard", guard);
  return stepOfDecision(view, e);
}

function stepOfCrash(view: View, e: Experiment, why: string): Step {
  const since = e.conflict?.turns ?? 0;
  const first = e.turns.findIndex((t, i) => i >= since && t.kind === "proposed");
  const repairs = e.turns.slice(first + 1).filter((t) => t.kind !== "rateLimited").length;
  const gaveUp = e.turns.at(-1)?.kind !== "proposed" && e.turns.at(-1)?.kind !== "rateLimited";
  // A person's own change is not for an agent to mend.
  const isPersons = agentOf(e) === PERSON;
  if (gaveUp || isPersons || repairs >= view.program.repairTurns) return close(e, "crash", why, true);
  const last = e.turns.at(-1);
  if (last?.kind === "rateLimited" && last.until !== undefined && last.until > view.now) {
    return { do: "wait", until: last.until, patient: true };
  }
  const cap = reachedSpending(view.session);
  if (cap !== undefined) return close(e, "crash", `${why}; not repaired: ${cap}`, true);
  return { do: "propose", experiment: e.number, turn: e.turns.length, repair: true };
}

/** The champion has moved since the proposal was made. */
function isStale(view: View, e: Experiment): boolean {
  return e.proposal !== undefined && e.proposal.parent !== view.session.champion.commit;
}

/**
 * It was run on an earlier champion. What loses against that one is dropped; what may win is brought onto the present
 * champion and run anew, because only a commit that was itself measured becomes champion.
 */
function stepOfStale(view: View, e: Experiment): Step {
  const { rules, evidence } = view.session;
  const parent = e.from === undefined ? undefined : view.find(e.from);
  const reference = (parent?.runs ?? [])
    .map((r) => orient(r.measurement?.metric, rules))
    .filter((x) => x !== undefined);
  const challenger = challengerRuns(e).map((r) => orient(r.measurement?.metric, rules));
  const noise = noiseOf(evidence, [scoresOf(e, rules)], rules);
  const decision = decide({ challenger, reference, noise, intent: e.proposal?.intent ?? "improve" }, rules);
  if (reference.length > 0 && decision.action === "discard") return { do: "decide", experiment: e.number, decision };
  return { do: "rebase", experiment: e.number };
}

function stepOfDecision(view: View, e: Experiment): Step {
  const { session } = view;
  if (isStale(view, e)) return stepOfStale(view, e);
  const intent = e.proposal?.intent ?? "improve";
  const scores = scoresOf(e, session.rules);
  const decision = decide(
    {
      challenger: challengerRuns(e).map((r) => orient(r.measurement?.metric, session.rules)),
      reference: referenceScores(session.evidence, intent),
      noise: noiseOf(session.evidence, [scores], session.rules),
      intent,
    },
    session.rules,
  );
  if (decision.action === "rerun-challenger") return { do: "ask", experiment: e.number, role: "challenger" };
  if (decision.action === "rerun-reference") {
    const index = intent === "simplify" ? session.evidence.anchor : session.evidence.champion;
    const reference = session.evidence.groups[index ?? 0]?.experiment ?? 0;
    return { do: "ask", experiment: reference, role: "reference", asked: e.number };
  }
  return { do: "decide", experiment: e.number, decision };
}

function endOfBaseline(detail: string): Step {
  return { do: "end", why: "baseline", detail };
}
