/**
 * What can happen in a session, one schema per event. The schema is the type; a line that does not fit is refused with
 * its number and field, never repaired into a default.
 *
 * Adding an event: a member here, a case in `fold.ts`, a row in `test/ledger/fold.test.ts`. A change of meaning of an
 * old one needs a new schema version and a step in `migrate.ts`.
 */
import { z } from "zod";
import type { Commit } from "../experiment.ts";

const finite = z.number().refine(Number.isFinite, "must be a finite number");
const commit = z
  .string()
  .regex(/^[0-9a-f]{40,64}$/, "must be a full commit id")
  .transform((c) => c as Commit);
export const commitSchema = commit;
const count = z.number().int().nonnegative();
const text = (limit: number) => z.string().max(limit);
const numbers = z.record(z.string().max(80), finite);

export const usage = z.object({
  seconds: finite,
  inputTokens: count.optional(),
  cachedTokens: count.optional(),
  outputTokens: count.optional(),
  dollars: finite.optional(),
});

const proposal = z.object({
  commit,
  parent: commit,
  tree: z.string(),
  hypothesis: text(400),
  description: text(4000),
  files: z.array(text(1000)).max(1000).readonly(),
  linesAdded: count,
  linesRemoved: count,
  intent: z.enum(["improve", "simplify"]),
  flags: z.array(text(200)).readonly(),
  hunks: z
    .array(z.object({ file: text(1000), line: count, count }))
    .max(50)
    .readonly()
    .optional(),
  prints: z.array(text(40)).max(64).readonly().optional(),
});

export const outcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("finished") }),
  z.object({
    kind: z.literal("crashed"),
    exitCode: z.number().optional(),
    signal: z.string().optional(),
    why: text(2000).optional(),
  }),
  z.object({ kind: z.literal("timedOut"), afterSeconds: finite }),
  z.object({ kind: z.literal("outOfMemory"), why: text(2000) }),
  z.object({ kind: z.literal("stoppedEarly"), why: text(2000), behind: finite, spread: finite }),
  z.object({ kind: z.literal("cancelled") }),
  z.object({ kind: z.literal("lost"), why: text(2000) }),
]);

const resources = z.object({
  wallSeconds: finite,
  cpuSeconds: finite.optional(),
  peakMemoryMb: finite.optional(),
  outputBytes: count.optional(),
  escaped: count.optional(),
});

const measurement = z.object({
  metric: finite.optional(),
  provenance: z.enum(["evaluated", "self-reported"]),
  extra: numbers,
  why: text(2000).optional(),
  partial: finite.optional(),
  breach: z.boolean().optional(),
});

const receipt = z.object({
  command: text(4000),
  exitCode: z.number().optional(),
  seconds: finite,
  passed: z.boolean(),
  inputs: z.string(),
  tail: text(8000),
});

const verdict = z.object({
  kind: z.enum(["keep", "discard", "crash"]),
  rule: text(80),
  reason: text(2000),
  label: z.enum(["confirmed", "likely"]).optional(),
  numbers,
});

export const verdictSchema = verdict;

/** Limits of a session; missing means none. */
export const limits = z.object({ experiments: count.optional(), seconds: finite.optional() });
export type Limits = z.infer<typeof limits>;

/**
 * Promises of a whole session, kept over all its sittings: what is reached ends it, and nothing is begun that would
 * pass it. Seconds of work, experiments after the baseline, tokens read and written, dollars.
 */
export const caps = z.object({
  experiments: count.optional(),
  seconds: finite.optional(),
  tokens: count.optional(),
  dollars: finite.optional(),
});
export type Caps = z.infer<typeof caps>;

/** What fenced a sitting's processes; "none" with the reason why the person went on without. */
export const sandboxRecord = z.object({
  kind: z.enum(["bubblewrap", "none"]),
  version: text(100).optional(),
  why: text(1000).optional(),
});
export type SandboxRecord = z.infer<typeof sandboxRecord>;

/** Whether a change pays, by fresh runs; the gain is in score units. */
const payment = z.object({
  word: z.enum(["pays", "no longer pays", "cannot tell"]),
  gain: z.object({ gain: finite, se: finite, df: finite, lo: finite, hi: finite, z: finite }).optional(),
});

const run = {
  experiment: count,
  run: z.number().int().positive(),
};

/** Who had a turn, and which change of a person's it was (see spool.ts); missing in older ledgers. */
const hadTurn = { agent: text(200).optional(), submission: text(100).optional() };

const TURN_KINDS = ["noChange", "refused", "failed", "exhausted", "rateLimited", "outOfScope", "duplicate"] as const;

/** The file a session was imported from. `part`: a file may hold several sessions, counted from 1. */
export const source = z.object({
  format: text(40),
  file: text(400),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  part: count,
  /** ISO time of the first experiment, where the file has times. */
  startedAt: z.iso.datetime().optional(),
});
export type Source = z.infer<typeof source>;

/** One run as an imported file tells it. */
export const importedRun = z.object({
  role: z.enum(["baseline", "challenger", "reference", "canary", "confirm"]),
  outcome,
  metric: finite.optional(),
  extra: numbers,
  seconds: finite.optional(),
});
export type ImportedRun = z.infer<typeof importedRun>;

export const sessionEvent = z.discriminatedUnion("type", [
  /** The first event of every session. `program` is the whole text of program.md. */
  z.object({
    type: z.literal("session-started"),
    base: commit,
    baseTree: z.string(),
    branch: z.string(),
    lab: text(4096),
    prefix: z.string(),
    agent: text(200),
    runner: text(200),
    seed: z.number().int(),
    rules: z.record(z.string(), z.unknown()),
    metric: z.object({ name: z.string(), goal: z.enum(["minimize", "maximize"]) }),
    program: z.object({ hash: z.string(), text: text(2_000_000) }),
    environment: z.record(z.string(), z.string()),
    version: z.string(),
    /** Only of an imported session: nothing of it took place here, and it is never continued. */
    imported: source.optional(),
  }),
  /** One whole experiment of an imported file. `commit` only where this repository knows what the file names. */
  z.object({
    type: z.literal("imported"),
    experiment: count,
    line: count,
    claimed: text(100),
    status: text(100),
    commit: commit.optional(),
    hypothesis: text(400),
    description: text(4000),
    verdict,
    runs: z.array(importedRun).max(1000),
    openedAt: z.iso.datetime().optional(),
    closedAt: z.iso.datetime().optional(),
    linesAdded: count.optional(),
    linesRemoved: count.optional(),
    remarks: z.array(text(400)).max(20),
  }),
  /** A process took the session up, the first one too. Its clock starts at 0. */
  z.object({
    type: z.literal("sitting-started"),
    pid: count,
    limits,
    /** Only those given anew; the others stay in force. */
    caps: caps.optional(),
    /** Missing in ledgers that are older than the sandbox. */
    sandbox: sandboxRecord.optional(),
    agent: text(200),
    again: z.boolean().optional(),
  }),
  z.object({ type: z.literal("program-changed"), hash: z.string(), text: text(2_000_000) }),
  /** The edited program.md could not be used; the old one stays in force. */
  z.object({ type: z.literal("program-refused"), problems: z.array(text(2000)) }),
  z.object({
    type: z.literal("experiment-opened"),
    experiment: count,
    parent: commit,
    /** The experiment that was champion then; missing in older ledgers. */
    from: count.optional(),
    program: z.string(),
  }),
  z.object({
    type: z.literal("proposed"),
    experiment: count,
    turn: count,
    proposal,
    usage,
    memo: z.unknown().optional(),
    ref: z.string(),
    ...hadTurn,
  }),
  /** A turn that made no proposal. */
  z.object({
    type: z.literal("turn-ended"),
    experiment: count,
    turn: count,
    kind: z.enum(TURN_KINDS),
    why: text(4000),
    until: z.string().optional(),
    elsewhere: z.boolean().optional(),
    usage,
    ...hadTurn,
  }),
  /** The champion had moved; the proposal was merged onto it and is another commit now, which has not been run. */
  z.object({ type: z.literal("rebased"), experiment: count, from: count, proposal, ref: z.string() }),
  /** It could not be merged: the agent gets it back, to make it again on the present champion. */
  z.object({
    type: z.literal("conflicted"),
    experiment: count,
    from: count,
    parent: commit,
    files: z.array(text(1000)).max(50).readonly(),
  }),
  z.object({ type: z.literal("gated"), experiment: count, receipts: z.array(receipt) }),
  z.object({
    type: z.literal("run-asked"),
    ...run,
    role: z.enum(["baseline", "challenger", "reference", "canary", "confirm"]),
    commit,
    job: z.string(),
    seed: z.number().int(),
    asked: count.optional(),
    /** Where it takes place; missing where there is only one. */
    slot: count.optional(),
  }),
  z.object({ type: z.literal("run-ended"), ...run, outcome, resources }),
  z.object({ type: z.literal("measured"), ...run, measurement }),
  z.object({ type: z.literal("judged"), experiment: count, verdict }),
  /**
   * Fresh runs of the first baseline against the champion: the session's headline. Metrics are in the metric's unit.
   */
  z.object({
    type: z.literal("confirmed"),
    experiment: count,
    baseline: z.array(finite).readonly(),
    champion: z.array(finite).readonly(),
    /** In score units, positive is better; missing when the fresh runs cannot tell. */
    gain: z
      .object({ gain: finite, se: finite, df: finite, lo: finite, hi: finite, z: finite, percent: finite.optional() })
      .optional(),
  }),
  /** One fresh run of a commit after the session, of a set of several (see remeasure.ts). It folds to nothing. */
  z.object({
    type: z.literal("remeasured"),
    set: text(80),
    arm: text(200),
    run: z.number().int().positive(),
    commit,
    job: z.string(),
    seed: z.number().int(),
    outcome,
    resources,
    /** Missing when the run was cancelled or lost. */
    measurement: measurement.optional(),
  }),
  /** The kept changes as branches, each measured against the commit it starts from. Folds to nothing. */
  z.object({
    type: z.literal("finalized"),
    start: commit,
    baseline: z.array(finite).readonly(),
    branches: z
      .array(
        z.object({
          branch: text(300),
          commit,
          experiments: z.array(count).readonly(),
          /** The gate or guard that it did not meet; there is no branch then. */
          failed: text(4100).optional(),
          metrics: z.array(finite).readonly(),
          payment: payment.optional(),
        }),
      )
      .max(1000)
      .readonly(),
    /** Paths in which all branches together are not the champion; empty: they are. At most 100. */
    difference: z.array(text(1000)).max(100).readonly(),
  }),
  /** The champion against itself without one kept change, for each of them. Folds to nothing. */
  z.object({
    type: z.literal("ablated"),
    commit,
    champion: z.array(finite).readonly(),
    without: z
      .array(
        z.object({
          change: count,
          metrics: z.array(finite).readonly(),
          payment: payment.optional(),
          why: text(400).optional(),
        }),
      )
      .max(1000)
      .readonly(),
  }),
  /** First baseline and champion at other scales. Folds to nothing. */
  z.object({
    type: z.literal("promoted"),
    commit,
    scales: z
      .array(
        z.object({
          name: text(40),
          budgetSeconds: finite,
          baseline: z.array(finite).readonly(),
          champion: z.array(finite).readonly(),
          payment,
        }),
      )
      .max(20)
      .readonly(),
  }),
  /** Something that should not have been: what, where, and what was done about it. */
  z.object({
    type: z.literal("integrity"),
    experiment: count.optional(),
    what: text(200),
    detail: text(4000),
  }),
  /** Something the person should know and that is no breach: a drift of the machine, a branch left behind. */
  z.object({ type: z.literal("noted"), experiment: count.optional(), what: text(200), detail: text(4000) }),
  /** The person's word on the way, for the agent; `id` names the file in which it came. */
  z.object({ type: z.literal("note"), id: text(100), text: text(1000) }),
  /** The agent failed again and again: it is not asked before `until`, ISO. */
  z.object({ type: z.literal("paused"), until: z.string(), detail: text(4000) }),
  z.object({
    type: z.literal("session-ended"),
    why: z.enum(["experiments", "time", "exhausted", "agent", "baseline", "stopped", "cap", "imported"]),
    detail: text(4000),
  }),
]);

export type SessionEvent = z.infer<typeof sessionEvent>;

/** An event as it stands in the ledger. */
export interface Entry {
  /** Counts up over the whole ledger, from 1, without a gap. */
  readonly seq: number;
  /** ISO time by the machine's clock, for people. */
  readonly at: string;
  /** Milliseconds since the sitting began, by the monotonic clock: what limits are counted by. */
  readonly clock: number;
  readonly session: string;
  readonly event: SessionEvent;
}
