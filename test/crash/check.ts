/** What must hold of a lab after kills: in between, and when its session has ended. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Experiment } from "../../src/experiment.ts";
import type { Entry } from "../../src/ledger/events.ts";
import { inspect } from "../../src/ledger/restore.ts";
import type { Session } from "../../src/ledger/session.ts";
import { closeLedger, entriesOf, experimentsOf, readLedger, sessionOf } from "../../src/ledger.ts";
import { sh } from "../support/repo.ts";
import { type CrashLab, EXPECTED, personOf } from "./lab.ts";

export interface State {
  readonly session: Session | undefined;
  readonly experiments: readonly Experiment[];
  readonly entries: readonly Entry[];
  readonly integrity: string;
}

/** What the ledger has of a session; no entries when there is none yet. */
export function stateOf(dir: string, tag: string): State {
  const ledger = readLedger(join(dir, ".nightyard"));
  if (ledger === undefined) return { session: undefined, experiments: [], entries: [], integrity: "ok" };
  const check = ledger.db.prepare("PRAGMA integrity_check").get() as { integrity_check: string };
  const state = {
    session: sessionOf(ledger, tag),
    experiments: experimentsOf(ledger, tag),
    entries: [...entriesOf(ledger, tag)],
    integrity: check.integrity_check,
  };
  closeLedger(ledger);
  return state;
}

/** After any kill, before anything is mended: the ledger is whole, and nothing of the person's has changed. */
export function checkAfterKill(lab: CrashLab, tag: string): State {
  const state = stateOf(lab.dir, tag);
  expect(state.integrity).toBe("ok");
  // Before the first event there is no ledger to compare; a kill may leave the journal one event behind, never ahead.
  if (state.entries.length > 0) {
    const { ledger, journal, faults } = inspect(join(lab.dir, ".nightyard"));
    expect(faults).toEqual([]);
    expect(ledger.rows.length - journal.rows.length).toBeOneOf([0, 1]);
  }
  expect(state.experiments.map((e) => e.number)).toEqual(state.experiments.map((_, i) => i));
  expect(personOf(lab.dir)).toEqual(lab.person);
  noRunTwice(lab);
  return state;
}

/** A job's name is a function of the ledger, and its command was started once at most, whatever was killed. */
function noRunTwice(lab: CrashLab): void {
  const jobs = executionsOf(lab).map((line) => line.job);
  expect(jobs.filter((job, i) => jobs.indexOf(job) !== i)).toEqual([]);
}

function executionsOf(lab: CrashLab): readonly { readonly job: string; readonly id: string }[] {
  const lines = readFileSync(lab.witness, "utf8").trim().split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const [, job = "", id = ""] = /^(?:.*\/)?(\S+)\.[0-9a-f-]{36} ([0-9a-f-]{36})$/.exec(line) ?? [];
      expect([job, id], line).not.toContain("");
      return { job, id };
    });
}

/** When a session has ended: all of it happened, once. */
export function checkEnded(lab: CrashLab, tag: string): void {
  const { session, experiments, entries } = checkAfterKill(lab, tag);
  if (session === undefined) throw new Error(`no session ${tag}`);
  expect(session.ended?.why).toBe("experiments");
  // Made ahead or run two at once, what is proposed when, and so merged or made again, depends on the machine's timing.
  const serial = !tag.startsWith("wide");
  const verdicts = experiments.map((e) => `${e.number} ${e.verdict?.kind} ${e.verdict?.rule}`);
  if (serial) expect(verdicts).toEqual(EXPECTED.verdicts);
  else expect(verdicts.length).toBe(EXPECTED.verdicts.length);
  if (serial) expect(experiments.map((e) => e.turns.map((t) => t.kind))).toEqual(EXPECTED.turns);
  const ofType = (type: Entry["event"]["type"]) => entries.filter((e) => e.event.type === type);
  expect(ofType("experiment-opened").length).toBe(experiments.length);
  expect(ofType("judged").length).toBe(experiments.length);
  checkRuns(lab, experiments, tag, serial);
  if (serial) expect(session.usage).toMatchObject(EXPECTED.usage);
  checkUsage(session, entries);
  checkGit(lab, tag, session, experiments);
}

/** What a killed harness could not clear away is cleared away by a later sitting. */
export function checkCleared(lab: CrashLab): void {
  for (const folder of ["runs", "worktrees", "jobs"]) expect([folder, ...leftIn(lab, folder)]).toEqual([folder]);
}

/** Every run that ended by itself was executed exactly once; one that was lost may have been begun. */
function checkRuns(lab: CrashLab, experiments: readonly Experiment[], tag: string, serial: boolean): void {
  const runs = experiments.flatMap((e) => e.runs);
  expect(new Set(runs.map((r) => r.job)).size).toBe(runs.length);
  expect(runs.filter((r) => r.measurement === undefined && !wasLost(r.outcome?.kind))).toEqual([]);
  const ended = (e: Experiment) => e.runs.filter((r) => !wasLost(r.outcome?.kind)).length;
  if (serial) expect(experiments.map(ended)).toEqual(EXPECTED.runs);
  const executed = executionsOf(lab)
    .map((line) => line.job)
    .filter((job) => job.startsWith(`${tag}-e`));
  const must = runs.filter((r) => !wasLost(r.outcome?.kind)).map((r) => r.job);
  expect(must.filter((job) => !executed.includes(job))).toEqual([]);
  expect(executed.filter((job) => !runs.some((r) => r.job === job))).toEqual([]);
}

function wasLost(kind: string | undefined): boolean {
  return kind === "lost" || kind === "cancelled";
}

/** What the turns cost is counted once each, and the session's sum is that of its events. */
function checkUsage(session: Session, entries: readonly Entry[]): void {
  const used = entries.flatMap((e) => ("usage" in e.event ? [e.event.usage] : []));
  const sum = (field: "inputTokens" | "outputTokens" | "dollars") =>
    used.reduce((total, u) => total + (u[field] ?? 0), 0);
  expect(sum("inputTokens")).toBe(session.usage.inputTokens);
  expect(sum("outputTokens")).toBe(session.usage.outputTokens);
  expect(sum("dollars")).toBe(session.usage.dollars);
}

/** The branch is where the ledger says, every proposal is kept under its ref, and git finds no fault. */
function checkGit(lab: CrashLab, tag: string, session: Session, experiments: readonly Experiment[]): void {
  const serial = !tag.startsWith("wide");
  const branch = `autoresearch/${tag}`;
  expect(sh(lab.dir, "rev-parse", branch).trim()).toBe(session.champion.commit);
  const kept = experiments.filter((e) => e.verdict?.kind === "keep").length;
  const subjects = sh(lab.dir, "log", "--format=%s", branch).trim().split("\n");
  if (serial) expect(subjects).toEqual(EXPECTED.branch);
  else expect(subjects.length).toBe(kept);
  const listed = sh(lab.dir, "for-each-ref", "--format=%(refname:lstrip=3) %(objectname)", `refs/nightyard/${tag}/`);
  const refs = new Map(
    listed
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
  // Commits that a killed harness had kept and not yet spoken of are kept aside: more, never less.
  const spoken = [...refs.keys()].filter((name) => !name.includes("-aside-")).toSorted();
  if (serial) expect(spoken).toEqual(EXPECTED.refs);
  for (const e of experiments) {
    if (e.proposal === undefined) continue;
    expect([...refs.values()]).toContain(e.proposal.commit);
    if (!serial) continue;
    const last = e.turns.filter((t) => t.kind === "proposed").length - 1;
    expect(refs.get(last === 0 ? `${e.number}` : `${e.number}-repair-${last}`)).toBe(e.proposal.commit);
  }
  expect(sh(lab.dir, "worktree", "list").trim().split("\n").length).toBe(1);
  sh(lab.dir, "fsck", "--strict", "--no-dangling");
}

function leftIn(lab: CrashLab, folder: string): readonly string[] {
  try {
    return readdirSync(join(lab.dir, ".nightyard", folder));
  } catch {
    // It was never made.
    return [];
  }
}
