/**
 * What events are made of: schemas of a proposal, an outcome, a measurement and so on. Bounded everywhere; a number is
 * finite or missing. Not covered: which events there are, which is `../events.ts`.
 */
import { z } from "zod";
import type { Commit } from "../../experiment.ts";
import { MOST_TAGS, TAG } from "../../tags.ts";

export const finite = z.number().refine(Number.isFinite, "must be a finite number");
export const commit = z
  .string()
  .regex(/^[0-9a-f]{40,64}$/, "must be a full commit id")
  .transform((c) => c as Commit);
export const count = z.number().int().nonnegative();
export const text = (limit: number) => z.string().max(limit);
export const numbers = z.record(z.string().max(80), finite);

export const usage = z.object({
  seconds: finite,
  inputTokens: count.optional(),
  cachedTokens: count.optional(),
  outputTokens: count.optional(),
  dollars: finite.optional(),
});

export const proposal = z.object({
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

export const resources = z.object({
  wallSeconds: finite,
  cpuSeconds: finite.optional(),
  peakMemoryMb: finite.optional(),
  outputBytes: count.optional(),
  escaped: count.optional(),
  gpu: z
    .object({
      use: finite.optional(),
      peakMemoryMib: finite.optional(),
      meanWatts: finite.optional(),
      maxWatts: finite.optional(),
    })
    .optional(),
});

export const measurement = z.object({
  metric: finite.optional(),
  provenance: z.enum(["evaluated", "self-reported"]),
  extra: numbers,
  why: text(2000).optional(),
  partial: finite.optional(),
  breach: z.boolean().optional(),
});

export const receipt = z.object({
  command: text(4000),
  exitCode: z.number().optional(),
  seconds: finite,
  passed: z.boolean(),
  inputs: z.string(),
  tail: text(8000),
});

export const verdict = z.object({
  kind: z.enum(["keep", "discard", "crash"]),
  rule: text(80),
  reason: text(2000),
  label: z.enum(["confirmed", "likely"]).optional(),
  numbers,
});

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

export const run = {
  experiment: count,
  run: z.number().int().positive(),
};

/** Who had a turn, and which change of a person's it was (see spool.ts); missing in older ledgers. */
export const hadTurn = { agent: text(200).optional(), submission: text(100).optional() };

export const TURN_KINDS = [
  "noChange",
  "refused",
  "failed",
  "exhausted",
  "rateLimited",
  "outOfScope",
  "duplicate",
] as const;

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

/** Tags of one experiment (see tags.ts). */
export const tags = z.array(z.string().regex(TAG)).max(MOST_TAGS).readonly();
