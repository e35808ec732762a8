/**
 * Which run is next when several commits are measured afresh: interleaved, forwards and backwards in turn (A B C, C B
 * A, …), so that a machine that slowly changes weighs on all alike. Pure: a function of the runs that were made.
 */
import { wasLost } from "../experiment.ts";
import type { Arm, Remeasured } from "./arm.ts";

export interface NextRun {
  /** Which arm, by its place in the list. */
  readonly arm: number;
  /** 1, 2, … within the arm. */
  readonly run: number;
}

/** Runs without a number that end an arm which has not given any: its code does not work. */
const ENOUGH_FAILURES = 2;
/** Lost and failed runs are tried again, but not for ever. */
const TRIES = 3;

/** The next run, the earliest block first; undefined when there are as many as are wanted. */
export function nextRun(arms: readonly Arm[], done: readonly Remeasured[]): NextRun | undefined {
  const rows = arms.map((arm, index) => ({ arm, index, runs: done.filter((r) => r.arm === arm.name) }));
  const open = rows.filter(({ arm, runs }) => !isDone(arm, runs));
  const block = Math.min(...open.map(({ arm }) => arm.block));
  const inBlock = open.filter(({ arm }) => arm.block === block);
  const round = Math.min(...inBlock.map(({ runs }) => runs.length));
  const behind = inBlock.filter(({ runs }) => runs.length === round);
  const next = round % 2 === 0 ? behind[0] : behind.at(-1);
  return next === undefined ? undefined : { arm: next.index, run: next.runs.length + 1 };
}

function isDone(arm: Arm, runs: readonly Remeasured[]): boolean {
  const numbers = metricsOfRuns(runs).length;
  if (numbers >= arm.runs || runs.length >= TRIES * arm.runs + ENOUGH_FAILURES) return true;
  const failed = runs.filter((r) => !wasLost(r) && r.measurement?.metric === undefined).length;
  return failed >= (numbers === 0 ? ENOUGH_FAILURES : arm.runs);
}

/** The numbers that runs gave, in order. */
export function metricsOfRuns(runs: readonly Remeasured[]): readonly number[] {
  return runs.map((r) => r.measurement?.metric).filter((m): m is number => m !== undefined);
}
