/**
 * What an agent said about its own change, found at the end of its final message: a line `HYPOTHESIS: …`, a line
 * `DESCRIPTION: …` (with what follows it), a line `INTENT: simplify`. Without them, the first sentence.
 *
 * The text is a model's: cleaned and bounded here, and never more than words. What was changed is read from git.
 */
import { oneLine, plainText, tail } from "../util/text.ts";

export interface Words {
  /** One line, never empty, at most 200 characters. */
  readonly hypothesis: string;
  /** At most 2000 characters; may be empty. */
  readonly description: string;
  readonly intent?: "simplify";
}

/** Said in place of a hypothesis that the agent did not give. */
export const NO_HYPOTHESIS = "a change without a hypothesis";

const MAX_HYPOTHESIS = 200;
const MAX_DESCRIPTION = 2000;
/** Only the end is looked at: the words stand there, and an agent's output may be megabytes. */
const MAX_LOOKED_AT = 64 * 1024;

// Models like to decorate: "**HYPOTHESIS:** …", "- Hypothesis: …", "> HYPOTHESIS: …".
const LABELLED = /^[\s>*_#`-]{0,8}(HYPOTHESIS|DESCRIPTION|INTENT)[*_`]{0,3}\s{0,3}:[*_`]{0,3}\s*(.*)$/i;

/** The words in an agent's final message; the last of several labels counts. */
export function wordsOf(text: string): Words {
  const clean = plainText(tail(text, MAX_LOOKED_AT), MAX_LOOKED_AT);
  const said = labelled(clean);
  const hypothesis = oneLine(said.get("hypothesis") ?? "", MAX_HYPOTHESIS);
  const words = {
    hypothesis: hypothesis === "" ? firstSentence(clean) : hypothesis,
    description: plainText(said.get("description") ?? "", MAX_DESCRIPTION),
  };
  return /^simplify\b/i.test(said.get("intent") ?? "") ? { ...words, intent: "simplify" } : words;
}

/** What stands behind each label; a description goes on until the next label. */
function labelled(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let open: string | undefined;
  for (const line of text.split("\n")) {
    const match = LABELLED.exec(line);
    if (match !== null) {
      open = (match[1] ?? "").toLowerCase();
      found.set(open, undecorated(match[2] ?? ""));
    } else if (open === "description") {
      found.set(open, `${found.get(open) ?? ""}\n${line}`);
    }
  }
  return found;
}

function undecorated(text: string): string {
  return text.replace(/^[*_`\s]+|[*_`\s]+$/g, "");
}

function firstSentence(text: string): string {
  const line = text.split("\n").find((l) => /\p{L}/u.test(l) && !/^\s*```/.test(l)) ?? "";
  const sentence = /^.*?[.!?](?=\s|$)/.exec(line)?.[0] ?? line;
  return oneLine(sentence.replace(/^[\s>*_#`-]+/, ""), MAX_HYPOTHESIS) || NO_HYPOTHESIS;
}
