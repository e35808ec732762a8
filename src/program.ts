/**
 * What the human writes: `program.md`. Front matter holds the constraints, the body is the instruction to the agent.
 *
 * Everything is checked here, once, when the file is loaded; all faults are reported at once, in the order of their
 * lines. A folder without front matter but with `train.py` or `train.ts` gets the classic defaults. Reference with
 * examples: docs/program.md. Not covered: whether commands exist or work (`nightyard doctor` tries that).
 */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Goal } from "./experiment.ts";
import { checkFrontMatter } from "./program/check.ts";
import { CLASSIC_METRIC, type Classic, type ClassicFacts, classicBody, classicOf, labName } from "./program/classic.ts";
import { classicFacts } from "./program/classic-facts.ts";
import { parseDuration } from "./program/duration.ts";
import { type Guard, parseGuard } from "./program/guard.ts";
import { type Fault, inLineOrder, type Problem } from "./program/problem.ts";
import { MAX_PROGRAM_BYTES, readProgramText } from "./program/read.ts";
import { type RuleFault, type RuleInput, ruleFaults, ruleWarnings } from "./program/rules.ts";
import { type Scale, scaleOf } from "./program/scale.ts";
import type { FrontMatter } from "./program/schema.ts";
import { matchesScope } from "./program/scope.ts";
import { cutFrontMatter, locate, type Tree } from "./program/yaml.ts";

export type { Guard } from "./program/guard.ts";
export { formatProblem, type Problem } from "./program/problem.ts";
export { programAt, type Scale } from "./program/scale.ts";

/** The one number that decides. Effects are in units of the metric, or relative to the champion's (0.01 is 1 %). */
export interface Metric {
  readonly name: string;
  readonly goal: Goal;
  readonly scale: "linear" | "log";
  readonly deterministic: boolean;
  readonly minEffect: number;
  readonly minEffectRel: number;
  /** How a time or a rate is measured; undefined: one execution is one run. */
  readonly timing?: Timing | undefined;
}

/** Several executions are one run (timing.ts). */
export interface Timing {
  /** Seconds by the harness's clock, or the number that each execution prints. */
  readonly clock: "wall" | "printed";
  readonly warmup: number;
  readonly repeats: number;
  /** Alternate with the champion's executions. */
  readonly interleave: boolean;
  /** Relative spread or trend beyond which the numbers are no measurement. */
  readonly steady: number;
}

/** What runs and gates may do beyond the usual, and how much they may take (docs/sandbox.md). */
export interface SandboxSettings {
  readonly network: boolean;
  /** Absolute paths, or below `~/`: readable although the home is hidden. */
  readonly read: readonly string[];
  /** Writable: what one run leaves there the next one can read. */
  readonly write: readonly string[];
  /** Resident memory of the whole tree; undefined: nine tenths of the machine's. */
  readonly memoryMb?: number | undefined;
  /** Processes and threads at one time. */
  readonly processes: number;
  /** What a run may add to its folder and its temporary folder. */
  readonly diskMb: number;
}

/** A checked program, with every default applied. All times in seconds. */
export interface Program {
  /** sha256 (hex) of the file's bytes; of nothing when there is no file. */
  readonly hash: string;
  readonly file?: string | undefined;
  /** The whole file. */
  readonly text: string;
  readonly origin: "front-matter" | "classic";
  readonly name: string;
  readonly description: string;
  readonly metric: Metric;
  readonly scope: readonly string[];
  readonly budgetSeconds: number;
  readonly timeoutSeconds: number;
  readonly prepare?: string | undefined;
  readonly run: string;
  readonly evaluate?: string | undefined;
  readonly evaluateTimeoutSeconds: number;
  readonly prepareTimeoutSeconds: number;
  readonly agentTimeoutSeconds: number;
  readonly gates: readonly string[];
  readonly gateTimeoutSeconds: number;
  readonly guards: readonly Guard[];
  /** How often an agent may mend its own crash: 0 to 3. */
  readonly repairTurns: number;
  /** Fresh runs each of baseline and champion at the end of a session: 0 to 50. */
  readonly confirmRuns: number;
  /** Stop hopeless runs at a fraction of the budget, by a name in their PROGRESS lines; undefined: never. */
  readonly earlyStop?: { readonly at: number; readonly metric: string } | undefined;
  /** What is done with a proposal that changes a seed or touches randomness. */
  readonly randomness: "refuse" | "flag";
  readonly judge: { readonly preset: "fast" | "default" | "strict" };
  /** Names of the environment variables passed on to run and evaluate. */
  readonly env: readonly string[];
  /** Ignored paths of the checkout, relative to the lab, linked into every experiment's checkout. */
  readonly links: readonly string[];
  /** Other scales at which `nightyard promote` measures baseline and champion. */
  readonly promote: readonly Scale[];
  /** Variables with their values, for run and evaluate: only at another scale. */
  readonly fixedEnv?: Readonly<Record<string, string>> | undefined;
  readonly sandbox: SandboxSettings;
  /** The instruction for the agent. */
  readonly body: string;
}

export type ProgramResult =
  | { readonly ok: true; readonly program: Program; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks the text of a program.md. Pure. `labFiles`: names at the top of the lab (folders with a '/' at the end),
 * for the classic defaults and for warnings about files that are not there.
 */
export function parseProgram(text: string, file: string, labFiles: readonly string[]): ProgramResult {
  return parse({ text, file, dir: dirname(file), labFiles });
}

/** Reads `<labDir>/program.md` and checks it. Rejects only when the folder itself cannot be read. */
export async function loadProgram(labDir: string): Promise<ProgramResult> {
  const entries = await readdir(labDir, { withFileTypes: true });
  const labFiles = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  const file = join(labDir, "program.md");
  if (!entries.some((entry) => entry.name === "program.md"))
    return parse({ text: "", file: undefined, dir: labDir, labFiles, facts: await classicFacts(labDir) });
  const read = await readProgramText(file);
  if ("fault" in read) return { ok: false, problems: [{ file, ...read.fault }] };
  const facts = read.text.startsWith("---") ? undefined : await classicFacts(labDir);
  return parse({ text: read.text, file, dir: labDir, labFiles, facts });
}

/** True when the program allows a change of `path` (relative to the lab, '/'-separated). */
export function inScope(program: Program, path: string): boolean {
  if (path === "program.md") return false;
  const linked = program.links.some((link) => path === link || path.startsWith(`${link}/`));
  return !linked && matchesScope(program.scope, path);
}

interface Input {
  readonly text: string;
  readonly file: string | undefined;
  readonly dir: string;
  readonly labFiles: readonly string[];
  readonly facts?: ClassicFacts | undefined;
}

function parse(input: Input): ProgramResult {
  const file = input.file ?? join(input.dir, "program.md");
  const failed = (faults: readonly Fault[]): ProgramResult => ({
    ok: false,
    problems: inLineOrder(faults).map((fault) => ({ file, ...fault })),
  });
  if (input.text.length > MAX_PROGRAM_BYTES) {
    const found = `${input.text.length} characters`;
    return failed([{ line: undefined, field: "file", found, expected: `at most ${MAX_PROGRAM_BYTES} bytes` }]);
  }
  const cut = cutFrontMatter(input.text);
  if (cut.kind === "broken") return failed([cut.fault]);
  if (cut.kind === "none") return classicProgram(input, file, cut.body);
  const { fields, wrong, faults, tree } = checkFrontMatter(cut.yaml, cut.firstLine);
  if (fields === undefined) return failed(faults);
  const program = fromFields(input, fields, cut.body);
  const rules = ruleInput(program, file, input.labFiles);
  const broken = ruleFaults(rules).filter((fault) => !wrong.has(String(fault.path[0])));
  const all = [...faults, ...broken.map((fault) => withLine(fault, tree))];
  if (all.length > 0) return failed(all);
  const warnings = inLineOrder(ruleWarnings(rules).map((fault) => withLine(fault, tree)));
  return { ok: true, program, warnings: warnings.map((fault) => ({ file, ...fault })) };
}

function withLine({ path, ...fault }: RuleFault, tree: Tree): Fault {
  return { ...fault, line: locate(tree, path).line };
}

function ruleInput(program: Program, file: string, labFiles: readonly string[]): RuleInput {
  const { name, timing, deterministic } = program.metric;
  const timed = timing !== undefined;
  const early = program.earlyStop !== undefined;
  return { ...program, metric: name, timed, deterministic, early, programFile: basename(file), labFiles };
}

const DEFAULT_BUDGET_SECONDS = 300;
const STEP_TIMEOUT_SECONDS = 600;

/** What every program has in common, whatever it was read from. */
function defaults(input: Input, body: string) {
  return {
    hash: createHash("sha256").update(input.text, "utf8").digest("hex"),
    file: input.file,
    text: input.text,
    evaluateTimeoutSeconds: STEP_TIMEOUT_SECONDS,
    prepareTimeoutSeconds: 3600,
    agentTimeoutSeconds: STEP_TIMEOUT_SECONDS,
    gates: [],
    gateTimeoutSeconds: STEP_TIMEOUT_SECONDS,
    guards: [],
    repairTurns: 1,
    confirmRuns: 4,
    randomness: "refuse",
    judge: { preset: "default" },
    env: [],
    links: [],
    promote: [],
    sandbox: { network: false, read: [], write: [], processes: 4096, diskMb: 10_240 },
    body,
  } as const satisfies Partial<Program>;
}

function fromFields(input: Input, fields: FrontMatter, body: string): Program {
  const base = defaults(input, body);
  const seconds = (text: string | number | undefined, otherwise: number) =>
    text === undefined ? otherwise : (parseDuration(text) ?? otherwise);
  const budgetSeconds = seconds(fields.budget, DEFAULT_BUDGET_SECONDS);
  return {
    ...base,
    origin: "front-matter",
    name: fields.name,
    description: fields.description.trim(),
    metric: metricOf(fields.metric),
    scope: Object.freeze([...fields.scope]),
    budgetSeconds,
    timeoutSeconds: seconds(fields.timeout, 2 * budgetSeconds + 60),
    prepare: fields.prepare?.trim(),
    run: fields.run.trim(),
    evaluate: fields.evaluate?.trim(),
    evaluateTimeoutSeconds: seconds(fields["evaluate-timeout"], base.evaluateTimeoutSeconds),
    prepareTimeoutSeconds: seconds(fields["prepare-timeout"], base.prepareTimeoutSeconds),
    agentTimeoutSeconds: seconds(fields["agent-timeout"], base.agentTimeoutSeconds),
    gates: (fields.gates ?? []).map((gate) => gate.trim()),
    gateTimeoutSeconds: seconds(fields["gate-timeout"], base.gateTimeoutSeconds),
    guards: (fields.guards ?? []).map(parseGuard).filter((guard) => "metric" in guard),
    repairTurns: fields["repair-turns"] ?? base.repairTurns,
    confirmRuns: fields["confirm-runs"] ?? base.confirmRuns,
    earlyStop: fields["early-stop"],
    randomness: fields.randomness ?? base.randomness,
    judge: { preset: fields.judge?.preset ?? base.judge.preset },
    env: fields.env ?? base.env,
    links: (fields.links ?? []).map((link) => link.replace(/^(\.\/)+/, "").replace(/\/$/, "")),
    promote: (fields.promote ?? []).map(scaleOf),
    sandbox: sandboxOf(fields.sandbox, base.sandbox),
  };
}

function sandboxOf(sandbox: FrontMatter["sandbox"], base: SandboxSettings): SandboxSettings {
  return {
    network: sandbox?.network ?? base.network,
    read: sandbox?.read ?? base.read,
    write: sandbox?.write ?? base.write,
    memoryMb: sandbox?.["memory-mb"],
    processes: sandbox?.processes ?? base.processes,
    diskMb: sandbox?.["disk-mb"] ?? base.diskMb,
  };
}

function metricOf(metric: FrontMatter["metric"]): Metric {
  return {
    name: metric.name,
    goal: metric.goal,
    // Times are compared as ratios.
    scale: metric.scale ?? (metric.timing === undefined ? "linear" : "log"),
    deterministic: metric.deterministic ?? false,
    minEffect: metric["min-effect"] ?? 0,
    minEffectRel: metric["min-effect-rel"] ?? 0,
    timing: metric.timing === undefined ? undefined : timingOf(metric.timing),
  };
}

function timingOf(timing: NonNullable<FrontMatter["metric"]["timing"]>): Timing {
  const given = timing === true ? {} : timing;
  return {
    clock: given.clock ?? "wall",
    warmup: given.warmup ?? 1,
    repeats: given.repeats ?? 6,
    interleave: given.interleave ?? true,
    steady: given.steady ?? 0.1,
  };
}

function classicProgram(input: Input, file: string, body: string): ProgramResult {
  const classic = classicOf(input.labFiles, input.facts);
  if (classic === undefined) return { ok: false, problems: [nothingToRun(input, file)] };
  const program = fromClassic(input, classic, body);
  const warnings: Problem[] = [];
  if (classic.ambiguous) {
    const expected = "one of train.py and train.ts; train.py is taken";
    warnings.push({ file, line: undefined, field: "scope", found: "train.py, train.ts", expected });
  }
  return { ok: true, program, warnings };
}

function fromClassic(input: Input, classic: Classic, body: string): Program {
  const metric = metricOf({ name: CLASSIC_METRIC, goal: "minimize" });
  const base = defaults(input, body.trim() === "" ? classicBody(classic) : body);
  return {
    ...base,
    origin: "classic",
    name: labName(input.dir),
    description: `Lower ${CLASSIC_METRIC} of ${classic.train} in a fixed time.`,
    metric,
    scope: Object.freeze([classic.train]),
    budgetSeconds: classic.budgetSeconds,
    timeoutSeconds: classic.timeoutSeconds,
    prepare: classic.prepare,
    run: classic.run,
    links: classic.links,
    sandbox: { ...base.sandbox, read: classic.read },
  };
}

function nothingToRun(input: Input, file: string): Problem {
  const found = input.file === undefined ? "no program.md" : "no front matter";
  const expected = "front matter between two lines ---, or a train.py or train.ts beside it";
  return {
    file,
    line: input.file === undefined ? undefined : 1,
    field: "front matter",
    found,
    expected,
    fix: "nightyard init",
  };
}
