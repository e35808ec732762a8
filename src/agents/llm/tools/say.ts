/**
 * Tools that say something: a note for later turns, and the end of this one. The words are cleaned and bounded here.
 */
import { oneLine, plainText } from "../../../util/text.ts";
import { changedFiles, type Desk, ToolFault } from "../desk.ts";

const MAX_NOTE = 500;
/** Of one turn. */
const MAX_NOTES = 8;

export function note(desk: Desk, { text }: { readonly text: string }): string {
  if (desk.notes.length >= MAX_NOTES) throw new ToolFault(`at most ${MAX_NOTES} notes in one turn`);
  const clean = oneLine(text, MAX_NOTE);
  if (clean === "") throw new ToolFault("text: expected a note of one line");
  desk.notes.push(clean);
  return "noted for the next turns";
}

export interface FinishArgs {
  readonly hypothesis: string;
  readonly description?: string | undefined;
  readonly intent?: "improve" | "simplify" | undefined;
}

export async function finish(desk: Desk, args: FinishArgs): Promise<string> {
  const hypothesis = oneLine(args.hypothesis, 200);
  if (hypothesis === "") throw new ToolFault("hypothesis: expected one line that says what the change should bring");
  if ((await changedFiles(desk)).length === 0) throw new ToolFault("no file was changed yet: edit or write one first");
  const intent = args.intent === "simplify" ? ({ intent: "simplify" } as const) : {};
  desk.finished = { hypothesis, description: plainText(args.description ?? "", 2000), ...intent };
  return "done";
}
