/**
 * The published shape of `report.json`. The same bounds and meanings as `report/shape.ts`, which says more on each
 * field; a test holds the two together.
 */
import { z } from "zod";

const finite = z.number();
const text = z.string();
const listed = <T extends z.ZodType>(row: T) =>
  z.object({ rows: z.array(row), leftOut: z.int().describe("How many more there were") });
const pasted = z.object({ command: text, why: text });
const fact = z.object({ name: text, value: text });

const hit = z.object({
  experiment: z.int(),
  hypothesis: text,
  agent: text.optional(),
  label: z.enum(["confirmed", "likely"]).optional(),
  metric: finite.optional(),
  delta: finite.optional().describe("Change of the metric, as seen while choosing"),
  interval: z.tuple([finite, finite]).optional().describe("Its 95 % interval"),
  percent: finite.optional(),
  runs: z.int(),
  retest: text,
  linesAdded: z.int().optional(),
  linesRemoved: z.int().optional(),
  reason: text,
  tags: z.array(text).optional().describe("The person's; missing when it has none"),
  diff: text.describe("The command that shows the change"),
});

const look = z.object({
  experiment: z.int(),
  verdict: z.enum(["keep", "discard", "crash"]).optional(),
  hypothesis: text,
  why: z.array(text),
  diff: text,
});

const failed = z.object({
  families: listed(
    z.object({
      name: text,
      kind: text,
      tries: z.int().describe("Not kept"),
      crashed: z.int(),
      kept: z.int(),
      nearest: z.object({ experiment: z.int(), metric: finite, hypothesis: text }).optional(),
    }),
  ),
  rules: z.array(z.object({ rule: text, count: z.int() })),
  notGrouped: z.int(),
});

const pace = z.object({
  judged: z.int(),
  keepRate: finite.optional(),
  crashRate: finite.optional(),
  duplicateRate: finite.optional(),
  drought: z.object({ length: z.int(), from: z.int(), to: z.int() }),
  sinceLastKeep: z.int(),
  gainPerHour: z.object({ percent: finite, proven: z.boolean() }).optional(),
  verdict: text,
  flat: z.boolean(),
});

const machine = z.object({
  inputTokens: z.int().optional().describe("Missing when nobody reported them"),
  cachedTokens: z.int().optional(),
  outputTokens: z.int().optional(),
  dollars: finite.optional().describe("Missing when nobody reported a price"),
  turns: z.int(),
  unpriced: z.int(),
  uncounted: z.int(),
  duty: finite.optional(),
  idle: z.array(z.object({ cause: text, seconds: finite })),
  runSeconds: finite,
  workSeconds: finite,
  peakMemory: z.object({ mb: finite, experiment: z.int() }).optional(),
  gpu: z
    .object({
      use: finite.optional().describe("Percent of the time in which a kernel ran"),
      peakMemoryMib: finite.optional(),
      meanWatts: finite.optional(),
      maxWatts: finite.optional(),
    })
    .optional()
    .describe("Of all runs with a GPU, from nvidia-smi; missing without one"),
  agents: listed(
    z.object({
      name: text,
      experiments: z.int(),
      kept: z.int(),
      crashed: z.int(),
      seconds: finite,
      dollars: finite.optional(),
    }),
  ),
  hardware: z.array(fact),
});

const timeline = z.object({
  moments: listed(
    z.object({
      at: text,
      what: z.enum(["start", "keep", "wait", "note", "program", "integrity", "word", "end"]),
      text,
    }),
  ),
  stretches: z.array(z.object({ kept: z.int(), discarded: z.int(), crashed: z.int() })),
  stretchMinutes: finite,
});

/** `summary`: the shape that the other read commands print too. */
export function reportShape(summary: z.ZodRawShape) {
  return z.object({
    version: z.literal(1),
    tag: text,
    lab: text,
    metric: z.object({ name: text, goal: z.enum(["minimize", "maximize"]) }),
    startedAt: text,
    madeAt: text,
    state: text.describe("running, stopped, or why the session ended"),
    imported: text.optional().describe("The file that the session was imported from"),
    headline: text.describe("The sentence; only a gain that fresh runs have proven is a number in it"),
    summary: z.object(summary),
    trust: z.array(z.object({ name: text, mark: z.enum(["good", "warn", "bad", "none"]), text })),
    plot: z.object({ alt: text, points: z.int(), noise: finite.optional() }),
    hits: listed(hit),
    simplifications: listed(hit),
    look: listed(look),
    failed,
    pace,
    machine,
    timeline,
    next: z.object({
      ideas: z.array(z.object({ text, why: text })),
      programDiff: text.optional().describe("A unified diff of program.md that was not applied"),
    }),
    reproduce: z.object({ facts: z.array(fact), commands: z.array(pasted) }),
    commands: z.array(pasted),
  });
}
