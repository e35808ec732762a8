/**
 * What can happen in a session, one schema per event. The schema is the type; a line that does not fit is refused with
 * its number and field, never repaired into a default.
 *
 * What they are made of is in `events/`. Adding an event: a member here, a case in `fold.ts`, a row in
 * `test/ledger/fold.test.ts`. A change of meaning of an old one needs a new schema version and a step in `migrate.ts`.
 */
import { z } from "zod";
import { ablated, finalized, promoted, remeasured } from "./events/after-night.ts";
import {
  caps,
  commit,
  count,
  finite,
  hadTurn,
  importedRun,
  limits,
  measurement,
  outcome,
  proposal,
  receipt,
  resources,
  run,
  sandboxRecord,
  source,
  TURN_KINDS,
  tags,
  text,
  usage,
  verdict,
} from "./events/pieces.ts";

export {
  type Caps,
  commit as commitSchema,
  type ImportedRun,
  type Limits,
  outcome,
  type SandboxRecord,
  type Source,
  tags as tagsSchema,
  verdict as verdictSchema,
} from "./events/pieces.ts";

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
    /** The person's tags, where the file is our own export. */
    tags: tags.optional(),
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
  remeasured,
  finalized,
  ablated,
  promoted,
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
  /** The person's tags on an experiment; `id` names the file in which they came while a session ran. */
  z.object({
    type: z.literal("tagged"),
    experiment: count,
    add: tags,
    remove: tags,
    id: text(100).optional(),
  }),
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
