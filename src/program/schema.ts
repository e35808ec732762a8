/**
 * The front matter of program.md as a schema: what each field may hold, and the sentence an error uses for it.
 *
 * The published JSON Schema (`schema/program.schema.json`) is made from this by `write-schema.ts`. Rules that need more
 * than one field are in `rules.ts`; defaults are applied in `program.ts`.
 */
import { z } from "zod";
import { DURATION_PATTERN, MAX_SECONDS, MIN_SECONDS, parseDuration } from "./duration.ts";
import { METRIC_NAME, parseGuard } from "./guard.ts";
import { globFault } from "./scope.ts";

const MAX_COMMAND = 4096;

function text(expected: string, max: number) {
  // Line feeds and tabs may be in a command; any other control character is an accident or an attack on a terminal.
  const visible = /^[^\u0000-\u0008\u000b-\u001f\u007f]*$/;
  return z
    .string({ error: expected })
    .max(max, { error: `${expected} of at most ${max} characters` })
    .regex(/\S/, { error: expected })
    .regex(visible, { error: `${expected}, without control characters` });
}

function command(what: string) {
  return text("a command for /bin/sh", MAX_COMMAND).describe(what);
}

function duration(what: string) {
  const expected = "a duration such as 60s, 5m or 1h30m, from 0.1s to a week";
  return z
    .union(
      [
        z.string().regex(DURATION_PATTERN, { error: expected }),
        z.number({ error: expected }).min(MIN_SECONDS, { error: expected }).max(MAX_SECONDS, { error: expected }),
      ],
      { error: expected },
    )
    .refine((value) => parseDuration(value) !== undefined, { error: expected })
    .describe(`${what} Written 60s, 5m, 1h30m, or a number of seconds.`);
}

function list<T extends z.ZodType>(item: T, expected: string, max: number) {
  return z.array(item, { error: expected }).max(max, { error: `at most ${max} entries` });
}

function number(expected: string, most?: number) {
  const schema = z.number({ error: expected }).min(0, { error: expected });
  return most === undefined ? schema : schema.max(most, { error: expected });
}

const Glob = z.string({ error: "a glob such as train.ts or src/**/*.ts" }).superRefine((glob, context) => {
  const fault = globFault(glob);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault.expected, params: { fix: fault.fix } });
});

const LinkPath = z.string({ error: "a path such as node_modules" }).superRefine((path, context) => {
  const fault = globFault(path.replace(/\/$/, ""));
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault.expected });
  else if (/[*?[\]{}!]/.test(path)) context.addIssue({ code: "custom", message: "a path, not a glob" });
});

const GuardText = z.string({ error: "a guard such as peak_memory_mb <= 4096" }).superRefine((guard, context) => {
  const parsed = parseGuard(guard);
  if ("wrong" in parsed) context.addIssue({ code: "custom", message: parsed.wrong });
});

const EnvName = z
  .string({ error: "the name of an environment variable" })
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, { error: "the name of an environment variable, without a value" })
  .refine((name) => !name.startsWith("NIGHTYARD_"), { error: "a name that Nightyard does not set itself" });

const timingCount = (least: number, expected: string) =>
  z.int({ error: expected }).min(least, { error: expected }).max(50, { error: expected });

const TimingFields = z
  .strictObject(
    {
      clock: z
        .enum(["wall", "printed"], { error: "wall or printed" })
        .optional()
        .describe("wall: seconds that the command took, by our clock; printed: its own number. Default: wall."),
      warmup: timingCount(0, "a whole number from 0 to 50")
        .optional()
        .describe("Executions before those that count. Default: 1."),
      repeats: timingCount(4, "a whole number from 4 to 50")
        .optional()
        .describe("Executions that count; the median decides. Default: 6."),
      interleave: z
        .boolean({ error: "true or false" })
        .optional()
        .describe("Alternate with the champion's, A B B A, so that the machine's drift cancels. Default: true."),
      steady: number("a fraction from 0 to 1", 1)
        .optional()
        .describe("Spread and trend of the repeats beyond which they are no measurement. Default: 0.1."),
    },
    { error: "true, or fields such as { repeats: 6 }" },
  )
  .describe("Executes the command several times as one run: for metrics that are a time or a rate.");

const MetricFields = z
  .strictObject(
    {
      name: z
        .string({ error: "the name of the metric, such as val_bpb" })
        .regex(METRIC_NAME, { error: "a name of letters, digits and _ . / -, at most 64" })
        .describe("Name of the number, as the run or the evaluator prints it."),
      goal: z.enum(["minimize", "maximize"], { error: "minimize or maximize" }).describe("Which way is better."),
      scale: z
        .enum(["linear", "log"], { error: "linear or log" })
        .optional()
        .describe("log compares ratios: for durations, sizes and perplexities. Default: linear."),
      deterministic: z
        .boolean({ error: "true or false" })
        .optional()
        .describe("true when the same code always gives the same number (a file size). Default: false."),
      timing: z
        .union([z.literal(true), TimingFields], { error: "true, or fields such as { repeats: 6 }" })
        .optional()
        .describe("The metric is a time or a rate: repeated, interleaved, checked for steadiness. Default: off."),
      "min-effect": number("a finite number of at least 0")
        .optional()
        .describe("A gain below this is no gain, in units of the metric. Default: 0."),
      "min-effect-rel": number("a fraction from 0 to 1", 1)
        .optional()
        .describe("The same as a fraction of the champion's metric: 0.01 is one percent. Default: 0."),
    },
    { error: "a name and a goal" },
  )
  .describe("The one number that decides.");

const JudgeFields = z
  .strictObject(
    {
      preset: z
        .enum(["fast", "default", "strict"], { error: "fast, default or strict" })
        .optional()
        .describe("fast to explore, strict for what will be merged. Default: default."),
    },
    { error: "a preset" },
  )
  .describe("How much evidence a keep needs.");

const VisiblePath = z
  .string({ error: "an absolute path, or one that begins with ~/" })
  .max(1000, { error: "a path of at most 1000 characters" })
  .regex(/^(\/|~\/)[^\u0000-\u001f\u007f]+$/, { error: "an absolute path, or one that begins with ~/" })
  .refine((path) => !path.split("/").includes(".."), { error: "a path without .." });

const count = (expected: string) =>
  z.int({ error: expected }).min(1, { error: expected }).max(1e9, { error: expected });

const SandboxFields = z
  .strictObject(
    {
      network: z
        .boolean({ error: "true or false" })
        .optional()
        .describe("true lets runs and gates use the network. Default: false."),
      read: list(VisiblePath, "a list of paths such as [~/datasets]", 50)
        .optional()
        .describe("Paths that runs, gates and evaluate may read although the home is hidden."),
      write: list(VisiblePath, "a list of paths such as [/scratch]", 20)
        .optional()
        .describe("Paths that runs and gates may write; what one run leaves there, the next one can read."),
      "memory-mb": count("a whole number of MiB")
        .optional()
        .describe("Memory of a whole run. Default: 9/10 of the machine's."),
      processes: count("a whole number")
        .optional()
        .describe("Processes and threads of a run at one time. Default: 4096."),
      "disk-mb": count("a whole number of MiB")
        .optional()
        .describe("What a run may write to its folders. Default: 10240."),
    },
    { error: "fields such as { network: true }" },
  )
  .describe("What runs and gates may do and take, inside their sandbox.");

const Value = z.union([z.string(), z.number(), z.boolean()], { error: "a text or a number" });

const ScaleFields = z.strictObject(
  {
    name: z
      .string({ error: "a name such as long" })
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: "a name of a-z, 0-9 and hyphens, at most 40" })
      .describe("Names the scale; each has another name."),
    budget: duration("What one run may train for at this scale. Default: the budget above.").optional(),
    timeout: duration("Wall clock of a whole run. Default: twice a budget of its own + 1m.").optional(),
    run: command("The command of one run at this scale. Default: run.").optional(),
    env: z
      .record(EnvName, Value, { error: 'names and values such as { DEPTH: "12" }' })
      .optional()
      .describe("Environment variables with their values, for run and evaluate at this scale."),
    seeds: z
      .int({ error: "a whole number from 2 to 50" })
      .min(2, { error: "a whole number from 2 to 50" })
      .max(50, { error: "a whole number from 2 to 50" })
      .optional()
      .describe("Fresh runs each of baseline and champion, each with a seed of its own. Default: 3."),
  },
  { error: "a scale such as { name: long, budget: 10m }" },
);
export type ScaleFields = z.infer<typeof ScaleFields>;

/** The front matter as written; durations are still text, nothing is defaulted. */
export const FrontMatter = z
  .strictObject({
    name: z
      .string({ error: "a name such as nano-gpt" })
      .max(64, { error: "a name of at most 64 characters" })
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: "lower-case letters and digits, joined by single hyphens" })
      .describe("Name of the lab, as in the Agent Skills format: a-z, 0-9 and single hyphens."),
    description: text("a description of 1 to 1024 characters", 1024).describe(
      "What is to get better, in a sentence or two.",
    ),
    metric: MetricFields,
    scope: list(Glob, "a list of globs such as [train.ts]", 100)
      .min(1, { error: "at least one glob: without one nothing may change" })
      .describe("Globs of the files the agent may change, relative to the lab; !glob excludes. All else is frozen."),
    budget: duration("What one run may train for; the run reads NIGHTYARD_BUDGET_SECONDS. Default: 5m.").optional(),
    timeout: duration(
      "Wall clock of a whole run; then its processes are killed. Default: twice the budget + 1m.",
    ).optional(),
    prepare: command("Run once before the first run, and again when its inputs changed.").optional(),
    run: command("One run: trains or builds, and prints metric lines."),
    evaluate: command(
      "Measures what a run left, from the sealed copy. Without it the metric is self-reported.",
    ).optional(),
    "prepare-timeout": duration("Wall clock of prepare. Default: 1h.").optional(),
    "evaluate-timeout": duration("Wall clock of one evaluate. Default: 10m.").optional(),
    "agent-timeout": duration("Wall clock of one turn of the agent. Default: 10m.").optional(),
    "gate-timeout": duration("Wall clock of one gate. Default: 10m.").optional(),
    gates: list(command("A command."), "a list of commands such as [npm test]", 20)
      .optional()
      .describe("Commands that must succeed before a keep."),
    guards: list(GuardText, "a list of guards such as [peak_memory_mb <= 4096]", 20)
      .optional()
      .describe("Limits on other metrics: a name, one of <= >= < >, and a number without a unit."),
    "repair-turns": z
      .int({ error: "0, 1, 2 or 3" })
      .min(0, { error: "0, 1, 2 or 3" })
      .max(3, { error: "0, 1, 2 or 3" })
      .optional()
      .describe("How often the agent may mend its own crash. Default: 1."),
    "confirm-runs": z
      .int({ error: "a whole number from 0 to 50" })
      .min(0, { error: "a whole number from 0 to 50" })
      .max(50, { error: "a whole number from 0 to 50" })
      .optional()
      .describe("Fresh runs each of baseline and champion at the end of a session; 0: none. Default: 4."),
    "early-stop": z
      .strictObject(
        {
          at: z
            .number({ error: "a number from 0.1 to 0.9" })
            .min(0.1, { error: "a number from 0.1 to 0.9" })
            .max(0.9, { error: "a number from 0.1 to 0.9" })
            .describe("Fraction of the budget at which a run is looked at."),
          metric: z
            .string({ error: "the name in the run's PROGRESS lines" })
            .regex(METRIC_NAME, { error: "a name of letters, digits and _ . / -, at most 64" })
            .describe("The name in the run's PROGRESS lines; same direction as the metric."),
        },
        { error: "at and metric, such as { at: 0.5, metric: dev_bpb }" },
      )
      .optional()
      .describe(
        "Stop hopeless runs on their way, once it is known how well such a line predicts the end. Default: off.",
      ),
    randomness: z
      .enum(["refuse", "flag"], { error: "refuse or flag" })
      .optional()
      .describe("A change of a seed: refuse never keeps it, flag only marks it. Default: refuse."),
    judge: JudgeFields.optional(),
    env: list(EnvName, "a list of names such as [HF_HOME]", 50)
      .optional()
      .describe("Environment variables passed on to run and evaluate; nothing else is inherited."),
    links: list(LinkPath, "a list of paths such as [node_modules]", 20)
      .optional()
      .describe("Ignored folders of the checkout that every experiment's checkout gets as a link."),
    promote: list(ScaleFields, "a list of scales such as [{ name: long, budget: 10m }]", 20)
      .optional()
      .describe("Other scales at which nightyard promote measures baseline and champion."),
    sandbox: SandboxFields.optional(),
    license: z.string({ error: "the name of a licence" }).optional().describe("Agent Skills field; not used."),
    compatibility: z.string({ error: "a sentence" }).optional().describe("Agent Skills field; not used."),
    metadata: z.record(z.string(), z.unknown(), { error: "keys and values" }).optional().describe("Not used."),
  })
  .describe("The constraints of a Nightyard lab: the front matter of program.md.");

/** The front matter as written. */
export type FrontMatter = z.infer<typeof FrontMatter>;

/** The published JSON Schema (draft 7, what editors' YAML support reads), as the text of its file. */
export function programJsonSchema(): string {
  const schema = z.toJSONSchema(FrontMatter, { target: "draft-7", io: "input" });
  return `${JSON.stringify({ title: "Nightyard program.md front matter", ...schema }, undefined, 2)}\n`;
}
