/**
 * What the read commands print with `--json`: the published shapes. `version` counts up when a field changes its
 * meaning or goes away; new fields may come at any time. `schema/*.schema.json` is generated from here by `write-
 * schemas.ts`.
 */
import { z } from "zod";
import { adoptJson } from "./adopt-json.ts";
import { afterShapes } from "./after-json.ts";
import { reportShape } from "./report-json.ts";
import { notifyFlushJson, notifyListJson, notifyTestJson, scheduleListJson } from "./unattended-json.ts";

const finite = z.number();
const version = z.literal(1);
const verdictKind = z.enum(["keep", "discard", "crash"]);

const summary = {
  experiments: z.int().describe("Experiments after the baseline"),
  runs: z.int(),
  seconds: finite.describe("Work in all sittings, by the monotonic clock"),
  metric: z.string(),
  goal: z.enum(["minimize", "maximize"]),
  baseline: finite.optional().describe("Mean of the baseline's runs; missing when nothing was measured"),
  best: finite.optional().describe("Mean of the champion's runs"),
  bestExperiment: z.int(),
  bestRuns: z.int(),
  fresh: z
    .object({
      runsEach: z.int(),
      baseline: finite,
      champion: finite,
      percent: finite,
      percentHalf: finite.describe("Half the width of the 95 % interval"),
      proven: z.boolean(),
    })
    .optional()
    .describe("What fresh runs of baseline and champion show; missing when they were not made"),
  kept: z.int().describe("Kept proposals; the baseline is none"),
  confirmed: z.int(),
  discarded: z.int(),
  crashed: z.int(),
  refused: z.int().describe("Proposals out of scope"),
  duplicates: z.int(),
  noise: finite.optional().describe("One sigma of the metric when nothing changes; missing when unknown"),
  provenance: z.enum(["evaluated", "self-reported", "nothing measured"]),
  sandboxed: z.boolean(),
  integrity: z.int().describe("Integrity events"),
  dollars: finite.optional().describe("Missing when nobody reported a price"),
  earlyStop: z
    .object({ runs: z.int(), savedSeconds: finite, expectedLost: finite })
    .optional()
    .describe("Runs ended on their way; missing when none was"),
  duty: finite.optional().describe("Share of the work in which a run was on, 0 to 1"),
};

export const statusJson = z.object({
  version,
  tag: z.string(),
  branch: z.string(),
  state: z.string().describe("running, stopped, or why the session ended"),
  pid: z.int().optional(),
  waitingUntil: z.string().optional().describe("ISO time: the agent is rate-limited or paused until then"),
  lab: z.string(),
  champion: z.object({ experiment: z.int(), commit: z.string() }),
  open: z.int().optional().describe("The experiment that has no verdict yet"),
  imported: z
    .object({
      format: z.string(),
      file: z.string(),
      sha256: z.string(),
      part: z.int(),
      startedAt: z.string().optional(),
    })
    .optional()
    .describe("The file an imported session came from; its commits may be unknown (all zeros)"),
  ...summary,
});

/** `run --json`: printed once, at the end. */
export const runJson = z.object({ version, tag: z.string(), ...summary });

export const experimentJson = z.object({
  version,
  session: z.string().optional(),
  number: z.int(),
  tags: z.array(z.string()).optional().describe("The person's tags; missing: none were ever given"),
  imported: z
    .object({ line: z.int(), commit: z.string(), status: z.string(), remarks: z.array(z.string()) })
    .optional()
    .describe("Its row in the imported file; missing for an experiment that took place here"),
  parent: z.string(),
  openedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().optional(),
  program: z.string().describe("sha256 of the program that was in force"),
  turns: z.array(z.looseObject({ turn: z.int(), kind: z.string() })),
  proposal: z
    .looseObject({ commit: z.string(), parent: z.string(), tree: z.string(), hypothesis: z.string() })
    .optional(),
  memo: z.unknown().optional(),
  receipts: z.array(z.looseObject({ command: z.string(), passed: z.boolean(), seconds: finite })).optional(),
  runs: z.array(
    z.looseObject({
      run: z.int(),
      role: z.enum(["baseline", "challenger", "reference", "canary", "confirm"]),
      commit: z.string(),
      seed: z.int(),
      outcome: z.looseObject({ kind: z.string() }).optional(),
      measurement: z
        .looseObject({ metric: finite.optional(), provenance: z.enum(["evaluated", "self-reported"]) })
        .optional(),
    }),
  ),
  verdict: z
    .object({
      kind: verdictKind,
      rule: z.string(),
      reason: z.string(),
      label: z.enum(["confirmed", "likely"]).optional(),
      numbers: z.record(z.string(), finite),
    })
    .optional(),
});

export const bestJson = z.object({
  version,
  experiment: z.int(),
  commit: z.string(),
  branch: z.string(),
  metric: finite.optional(),
  baseline: finite.optional(),
  label: z.enum(["confirmed", "likely"]).optional(),
});

export const doctorJson = z.object({
  version,
  exitCode: z.int().optional().describe("0: nothing in the way; 2: something to mend; 4: only an agent is missing"),
  findings: z.array(
    z.object({
      check: z.string(),
      state: z.enum(["ok", "warning", "fault"]),
      text: z.string(),
      fix: z.string().optional(),
      unavailable: z.literal(true).optional().describe("An agent, its command or its key is not there"),
    }),
  ),
});

const attack = {
  name: z.string(),
  family: z.enum(["frozen", "score", "artefact", "reach", "leftover", "words"]),
  tries: z.string(),
};

export const attackJson = z.object({
  version,
  lab: z.string(),
  commit: z.string(),
  sandbox: z.enum(["bubblewrap", "none"]),
  results: z.array(
    z.object({
      ...attack,
      outcome: z.enum(["held", "let through", "not applicable"]),
      why: z.string(),
      mend: z.string().optional().describe("What to do about it; only where something was let through"),
      events: z.array(z.string()).describe("Integrity events that it left"),
    }),
  ),
});

/** `attack --dry-run --json`. */
export const attacksJson = z.object({
  version,
  attacks: z.array(z.object({ ...attack, cost: z.enum(["none", "short", "whole", "long"]) })),
});

/** `report --format json`, and report.json in the session's folder. */
export const reportJson = reportShape(summary);

export const importJson = z.object({
  version,
  file: z.string(),
  format: z.string().describe("What the file was read as"),
  sha256: z.string(),
  dryRun: z.boolean(),
  sessions: z.array(
    z.object({
      tag: z.string(),
      already: z.boolean().describe("It was in the ledger before; nothing was written"),
      metric: z.string(),
      goal: z.enum(["minimize", "maximize"]),
      experiments: z.int().describe("The baseline among them"),
      keep: z.int(),
      discard: z.int(),
      crash: z.int(),
      best: finite.optional().describe("Best of the kept ones, as the file says"),
      bestExperiment: z.int().optional(),
    }),
  ),
  odd: z.array(z.object({ line: z.int(), what: z.string(), leftOut: z.boolean() })).describe("1000 at most"),
  oddCount: z.int(),
});

/** Every published shape by the name of its file. */
export const PUBLISHED = {
  adopt: adoptJson,
  status: statusJson,
  run: runJson,
  experiment: experimentJson,
  best: bestJson,
  doctor: doctorJson,
  attack: attackJson,
  attacks: attacksJson,
  import: importJson,
  report: reportJson,
  ...afterShapes(version, summary.fresh),
  "notify-test": notifyTestJson,
  "notify-list": notifyListJson,
  "notify-flush": notifyFlushJson,
  "schedule-list": scheduleListJson,
} as const;

/** The text of `schema/<name>.schema.json`. */
export function schemaText(name: keyof typeof PUBLISHED): string {
  return `${JSON.stringify(z.toJSONSchema(PUBLISHED[name]), null, 2)}\n`;
}
