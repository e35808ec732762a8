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

/** Limits of a session; missing means none. */
export const limits = z.object({ experiments: count.optional(), seconds: finite.optional() });
export type Limits = z.infer<typeof limits>;

const run = {
  experiment: count,
  run: z.number().int().positive(),
};

const TURN_KINDS = ["noChange", "refused", "failed", "exhausted", "rateLimited", "outOfScope", "duplicate"] as const;

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
  }),
  /** A process took the session up, the first one too. Its clock starts at 0. */
  z.object({ type: z.literal("sitting-started"), pid: count, limits, agent: text(200), again: z.boolean().optional() }),
  z.object({ type: z.literal("program-changed"), hash: z.string(), text: text(2_000_000) }),
  /** The edited program.md could not be used; the old one stays in force. */
  z.object({ type: z.literal("program-refused"), problems: z.array(text(2000)) }),
  z.object({ type: z.literal("experiment-opened"), experiment: count, parent: commit, program: z.string() }),
  z.object({
    type: z.literal("proposed"),
    experiment: count,
    turn: count,
    proposal,
    usage,
    memo: z.unknown().optional(),
    ref: z.string(),
  }),
  /** A turn that made no proposal. */
  z.object({
    type: z.literal("turn-ended"),
    experiment: count,
    turn: count,
    kind: z.enum(TURN_KINDS),
    why: text(4000),
    until: z.string().optional(),
    usage,
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
  /** Something that should not have been: what, where, and what was done about it. */
  z.object({
    type: z.literal("integrity"),
    experiment: count.optional(),
    what: text(200),
    detail: text(4000),
  }),
  /** Something the person should know and that is no breach: a drift of the machine, a branch left behind. */
  z.object({ type: z.literal("noted"), experiment: count.optional(), what: text(200), detail: text(4000) }),
  z.object({
    type: z.literal("session-ended"),
    why: z.enum(["experiments", "time", "exhausted", "agent", "baseline", "stopped"]),
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
