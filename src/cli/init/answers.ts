/**
 * The answers that a program.md is made from, and the questions that ask for them. An answer is the person's, or a
 * template's that the person named; what is only proposed is none until it is confirmed.
 */
import type { Template } from "./template.ts";

export interface InitOptions {
  readonly template?: string | undefined;
  readonly listTemplates?: boolean | undefined;
  readonly improve?: string | undefined;
  readonly metric?: string | undefined;
  readonly goal?: string | undefined;
  readonly run?: string | undefined;
  readonly evaluate?: string | undefined;
  readonly timing?: boolean | undefined;
  readonly scope?: string | undefined;
  readonly gate: readonly string[];
  readonly guard: readonly string[];
  /** False with `--no-gates`. */
  readonly gates?: boolean | undefined;
  readonly budget?: string | undefined;
  readonly for: string;
  readonly yes?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Text as typed; lists are separated by commas, but for gates, which are commands. */
export interface Answers {
  readonly improve?: string | undefined;
  readonly metric?: string | undefined;
  readonly goal?: string | undefined;
  readonly run?: string | undefined;
  readonly scope?: string | undefined;
  /** Empty: nothing must stay true, and the person said so. */
  readonly gates?: readonly string[] | undefined;
  readonly budget?: string | undefined;
}

export interface Question {
  readonly of: keyof Answers;
  readonly flag: string;
  /** As it is asked on a terminal. */
  readonly text: string;
  readonly example: string;
  /** Without an answer there is no program.md. */
  readonly needed: boolean;
}

export const QUESTIONS: readonly Question[] = [
  question("improve", "--improve", "What is to get better?", "Make the test suite faster", false),
  question("metric", "--metric", "How is it measured: the name of the number", "seconds"),
  question("goal", "--goal", "Which way is better: minimize or maximize", "minimize"),
  question("run", "--run", "The command of one run, which prints that number", "npm run bench"),
  question("scope", "--scope", "What may change: globs, separated by commas", "src/**"),
  question("gates", "--gate", "What must stay true: a command that fails when it does not", "npm test"),
  question("budget", "--budget", "How long may one run take?", "5m", false),
];

function question(of: keyof Answers, flag: string, text: string, example: string, needed = true): Question {
  return { of, flag, text, example, needed };
}

/** What the flags say, and for the rest what the template says that the person named. */
export function answersOf(o: InitOptions, template: Template | undefined): Answers {
  const given = o.gates === false ? [] : o.gate.length > 0 ? o.gate : undefined;
  const none = template?.noGates === true ? [] : undefined;
  return {
    improve: o.improve ?? template?.description,
    metric: o.metric ?? template?.metric?.name,
    goal: o.goal ?? template?.metric?.goal,
    run: o.run ?? template?.run,
    scope: o.scope,
    gates: given ?? template?.gates ?? none,
    budget: o.budget ?? template?.budget,
  };
}

/** The proposals where there is no answer yet. */
export function filled(answers: Answers, proposed: Answers): Answers {
  const known = Object.entries(answers).filter(([, value]) => value !== undefined);
  return { ...proposed, ...Object.fromEntries(known) };
}

export function unanswered(answers: Answers): readonly Question[] {
  return QUESTIONS.filter((q) => q.needed && answers[q.of] === undefined);
}
