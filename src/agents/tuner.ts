/**
 * The embedded agent: no key and no model. It finds the named constants in the files in scope, and each turn changes
 * one to three of them, learning from the ledger.
 *
 * Promises: only literals change, each written as it was; the same briefing and files give the same proposal; never the
 * same values twice; everything it knows comes from the champion's files and the memos in `briefing.past`.
 * Not covered: it invents no code, and on a repair turn it drops its change instead of mending it.
 */
import type { Agent, Answer, Turn } from "../agent.ts";
import { oneLine } from "../util/text.ts";
import type { Constant } from "./tuner/constant.ts";
import type { Value } from "./tuner/domain.ts";
import { editText } from "./tuner/edit.ts";
import { filesInScope, readText, writeText } from "./tuner/files.ts";
import { writeLiteral } from "./tuner/literal.ts";
import { firstValues, type Memo, type Remembered, remember } from "./tuner/memory.ts";
import { modelSearch } from "./tuner/model-search.ts";
import { readConstants } from "./tuner/readers.ts";
import { hypothesisOf } from "./tuner/reason.ts";
import { type Assignment, changedBetween } from "./tuner/search.ts";
import { readSpace, type Space } from "./tuner/survey.ts";

/** The tuner; see the head of this file. */
export function tuner(): Agent {
  return { name: "tuner", free: true, propose };
}

async function propose(turn: Turn): Promise<Answer> {
  turn.signal.throwIfAborted();
  const started = performance.now();
  const answer = await takeTurn(turn).catch((error: unknown): Unpriced => {
    turn.signal.throwIfAborted();
    return { kind: "failed", why: `the tuner could not edit the lab: ${messageOf(error)}` };
  });
  return { ...answer, usage: { seconds: (performance.now() - started) / 1000 } };
}

/** An answer without what it cost. */
type Unpriced = Answer extends infer A ? (A extends Answer ? Omit<A, "usage"> : never) : never;

async function takeTurn(turn: Turn): Promise<Unpriced> {
  const { briefing } = turn;
  if (briefing.crashLog !== undefined) {
    return { kind: "noChange", why: "the values crashed; the tuner drops them instead of repairing them" };
  }
  const texts = await readTexts(turn);
  const past = remember(briefing.past, briefing.goal, briefing.pending);
  const constants = [...texts].flatMap(([file, text]) => readConstants(file, text));
  const space = readSpace(constants, firstValues(past));
  if (space.knobs.length === 0) return { kind: "refused", why: nothingFound(turn, texts.size, constants.length) };
  const sign = briefing.goal === "minimize" ? 1 : -1;
  const { championMetric: metric, noise, seed } = briefing;
  const values = modelSearch({
    knobs: space.knobs,
    champion: space.values,
    championLoss: metric === undefined ? undefined : sign * metric,
    noise,
    seen: past,
    seed,
  });
  if (values === undefined) {
    const why = `every combination of the values of ${space.knobs.length} constants was tried`;
    return { kind: "exhausted", why };
  }
  await writeTexts(turn, { texts, space, values });
  return proposalOf(space, values, past);
}

async function readTexts(turn: Turn): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const file of await filesInScope(turn.dir, turn.briefing.scope, turn.signal)) {
    turn.signal.throwIfAborted();
    const text = await readText(turn.dir, file);
    if (text !== undefined) texts.set(file, text);
  }
  return texts;
}

interface Edit {
  readonly texts: ReadonlyMap<string, string>;
  readonly space: Space;
  readonly values: Assignment;
}

async function writeTexts(turn: Turn, { texts, space, values }: Edit): Promise<void> {
  for (const [file, text] of texts) {
    const inFile = space.constants.filter((constant) => constant.file === file);
    const edited = editText(text, inFile, values);
    turn.signal.throwIfAborted();
    if (edited !== text) await writeText(turn.dir, file, edited);
  }
}

function proposalOf(space: Space, values: Assignment, past: readonly Remembered[]): Unpriced {
  const changed = changedBetween(space.knobs, space.values, values);
  const changes = space.knobs
    .map((knob, i) => ({ knob, constant: space.constants[i]! }))
    .filter(({ knob }) => changed.includes(knob.key))
    .map(({ knob, constant }) => {
      const [from, to] = [constant.literal.value, values[knob.key] ?? constant.literal.value];
      return { knob, label: labelOf(constant, space.constants), from, to, texts: textsOf(constant, to) };
    });
  const memo: Memo = {
    values: { ...values },
    changed: [...changed],
    was: Object.fromEntries(changes.map((change) => [change.knob.key, change.from])),
  };
  const hypothesis = hypothesisOf(changes, past);
  return { kind: "proposed", hypothesis, description: descriptionOf(space, changed), intent: "improve", memo };
}

function textsOf(constant: Constant, to: Value): { readonly from: string; readonly to: string } {
  const { value, style } = constant.literal;
  return { from: writeLiteral(value, style), to: writeLiteral(to, style) };
}

/** The bare name where no other file has it too. */
function labelOf(constant: Constant, all: readonly Constant[]): string {
  return all.filter((other) => other.name === constant.name).length > 1 ? constant.key : constant.name;
}

function descriptionOf(space: Space, changed: readonly string[]): string {
  const method = "Expected improvement over the champion under a Gaussian process of all earlier proposals.";
  const first = `Turned ${changed.length} of ${space.knobs.length} constants. ${method}`;
  const left = space.leftOut > 0 ? ` ${space.leftOut} more constants are left alone: too many at once.` : "";
  const faults = space.faults.slice(0, 3).map((fault) => oneLine(fault, 160));
  return [first + left, ...faults.map((fault) => `Comment ignored: ${fault}`)].join("\n");
}

function nothingFound(turn: Turn, files: number, constants: number): string {
  const where = `${files} readable files in scope (${oneLine(turn.briefing.scope.join(", "), 200)})`;
  const what =
    constants === 0
      ? `no named constants in ${where}`
      : `${constants} constants in ${where}, none to be turned (fixed, seeds, budgets, texts without "one of")`;
  const examples = 'top-level literals such as "const NAME = 1e-3; // 1e-4..1e-2 log" in TypeScript or JavaScript';
  return `${what}. The tuner looks for ${examples}, "NAME = 0.1  # 0..0.5" in Python, and keys in TOML, YAML and JSON.`;
}

function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error), 300);
}
