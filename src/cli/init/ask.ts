/**
 * Asks on a terminal what the flags left open, with what was seen in the folder as the proposed answer. Nothing that
 * calls `init` from a script comes here: off a terminal what is missing is an error.
 */
import { cancel, intro, isCancel, note, select, text } from "@clack/prompts";
import { EXIT } from "../../util/user-error.ts";
import { type Answers, QUESTIONS, type Question } from "./answers.ts";
import type { Look } from "./look.ts";
import { readTemplate, templateNames } from "./template.ts";

/** How the person left, in place of an answer. */
export const LEFT = { left: EXIT.interrupted } as const;
const NONE = "none";

/** The template to begin from; undefined: none of them. */
export async function askTemplate(look: Look): Promise<string | undefined | typeof LEFT> {
  intro("nightyard init: five answers make a program.md");
  if (look.seen !== "") note(`This folder looks like ${look.seen}.`);
  const templates = await Promise.all((await templateNames()).map(readTemplate));
  const chosen = await select({
    message: "What do you begin from?",
    initialValue: look.template ?? NONE,
    options: [
      ...templates.map(({ name, summary }) => ({ value: name, label: name, hint: summary })),
      { value: NONE, label: "something else", hint: "you say how it is measured" },
    ],
  });
  if (isCancel(chosen)) return leave();
  return chosen === NONE ? undefined : chosen;
}

/** The answers with what was missing; `proposed` stands in each field until the person changes it. */
export async function askAnswers(answers: Answers, proposed: Answers): Promise<Answers | typeof LEFT> {
  let all = answers;
  for (const q of QUESTIONS.filter((one) => answers[one.of] === undefined)) {
    const said = await askOne(q, proposed[q.of]);
    if (said === undefined) return leave();
    if (q.of === "gates") all = { ...all, gates: said === "" || said === NONE ? [] : [said] };
    else if (said !== "") all = { ...all, [q.of]: said };
  }
  return all;
}

async function askOne(q: Question, proposal: string | readonly string[] | undefined): Promise<string | undefined> {
  const initialValue = typeof proposal === "string" ? proposal : (proposal?.[0] ?? "");
  const hint = q.of === "gates" ? ' ("none" when there is nothing)' : q.needed ? "" : " (may be left empty)";
  const said = await text({
    message: `${q.text}${hint}`,
    placeholder: `for example ${q.example}`,
    initialValue,
    validate: (value) => faultOf(q, (value ?? "").trim()),
  });
  return isCancel(said) ? undefined : String(said ?? "").trim();
}

function faultOf(q: Question, value: string): string | undefined {
  if (q.needed && value === "") return `${q.flag}: it is not invented here`;
  if (q.of === "goal" && !["minimize", "maximize"].includes(value)) return "minimize or maximize";
  return undefined;
}

function leave(): typeof LEFT {
  cancel("nothing was written");
  return LEFT;
}
