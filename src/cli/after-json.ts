/**
 * What `finalize`, `ablate` and `promote` print with `--json`; part of the published shapes of `json.ts`. A session
 * that kept nothing answers `nothingKept` and nothing else.
 */
import { z } from "zod";

const finite = z.number();
const metrics = z.array(finite).optional();

/** The three shapes; `fresh`: what fresh runs of baseline and champion show. */
export function afterShapes<F extends z.ZodType>(version: z.ZodLiteral<1>, fresh: F) {
  const head = {
    version,
    tag: z.string(),
    nothingKept: z.literal(true).optional(),
    dryRun: z.boolean().optional(),
    metric: z.string().optional(),
  };
  return { finalize: finalizeShape(head), ablate: ablateShape(head), promote: promoteShape(head, fresh) };
}

const weighed = {
  gain: z
    .looseObject({ gain: finite, lo: finite, hi: finite })
    .optional()
    .describe("Score units, positive is better, 95 % interval; missing when the runs cannot tell"),
  moreRuns: z.int().optional().describe("So many more runs of each would tell"),
};
const pays = z.enum(["pays", "no longer pays", "cannot tell"]).optional();

function finalizeShape<H extends z.ZodRawShape>(head: H) {
  const branch = z.object({
    branch: z.string(),
    commit: z.string(),
    experiments: z.array(z.int()),
    hypotheses: z.array(z.string()),
    failed: z.string().optional().describe("The gate or guard that it did not meet: there is no such branch"),
    metrics,
    word: pays,
    ...weighed,
    verdict: z.string().optional(),
    text: z.string().optional().describe("Its file in the folder"),
  });
  return z.object({
    ...head,
    start: z.string().optional().describe("The commit from which the branches start"),
    folder: z.string().optional().describe("Where the texts are"),
    aside: z.array(z.string()).optional().describe("Refs under which replaced branches are kept"),
    baseline: metrics,
    branches: z.array(branch).optional(),
    empty: z.array(z.int()).optional().describe("Changes that leave nothing behind"),
    conflicts: z.array(z.object({ experiment: z.int(), files: z.array(z.string()) })).optional(),
    difference: z
      .array(z.string())
      .optional()
      .describe("Paths in which the branches together are not the champion; missing: it does not merge onto the start"),
  });
}

function ablateShape<H extends z.ZodRawShape>(head: H) {
  const change = z.object({
    experiment: z.int(),
    hypothesis: z.string(),
    leftOut: z.boolean(),
    why: z.string().optional().describe("Why it could not be left out"),
    without: metrics,
    word: pays,
    ...weighed,
  });
  return z.object({ ...head, champion: metrics, changes: z.array(change).optional() });
}

function promoteShape<H extends z.ZodRawShape, F extends z.ZodType>(head: H, fresh: F) {
  const scale = z.object({
    name: z.string(),
    budgetSeconds: finite.optional(),
    baseline: metrics,
    champion: metrics,
    word: z.enum(["transfers", "does not transfer", "cannot tell"]).optional(),
    ...weighed,
  });
  return z.object({ ...head, original: fresh, scales: z.array(scale).optional() });
}
