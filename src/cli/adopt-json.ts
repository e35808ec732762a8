/** What `nightyard adopt --json` prints; part of the published shapes of `json.ts`. */
import { z } from "zod";

export const adoptJson = z.object({
  version: z.literal(1),
  lab: z.string(),
  metric: z.object({ name: z.string(), goal: z.enum(["minimize", "maximize"]) }).optional(),
  provenance: z.enum(["evaluated", "self-reported"]),
  written: z.boolean(),
  changes: z.array(z.object({ path: z.string(), isNew: z.boolean(), added: z.int() })),
  diff: z
    .string()
    .describe("Unified, from the repository's top, as git apply takes it; empty when it must be asked first"),
  missing: z.array(z.object({ what: z.string(), ask: z.string(), needed: z.boolean() })),
});
