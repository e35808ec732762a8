/**
 * The events after a session: fresh runs, clean branches, what no longer pays, what transfers
 * to another scale. The fold takes nothing from them; the report and the page do.
 */
import { z } from "zod";
import { commit, count, finite, measurement, outcome, resources, text } from "./pieces.ts";

/** Whether a change pays, by fresh runs; the gain is in score units. */
const payment = z.object({
  word: z.enum(["pays", "no longer pays", "cannot tell"]),
  gain: z.object({ gain: finite, se: finite, df: finite, lo: finite, hi: finite, z: finite }).optional(),
});

/** One fresh run of a commit after the session, of a set of several (see remeasure.ts). It folds to nothing. */
export const remeasured = z.object({
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
});

/** The kept changes as branches, each measured against the commit it starts from. Folds to nothing. */
export const finalized = z.object({
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
});

/** The champion against itself without one kept change, for each of them. Folds to nothing. */
export const ablated = z.object({
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
});

/** First baseline and champion at other scales. Folds to nothing. */
export const promoted = z.object({
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
});
