/**
 * How the talk with a model ended, and what that is as an answer of the agent.
 */
import type { Answer } from "../../agent.ts";
import type { Usage } from "../../experiment.ts";
import { oneLine } from "../../util/text.ts";
import { wordsOf } from "../words.ts";
import type { Desk } from "./desk.ts";
import type { Fault } from "./fault.ts";
import type { Memo } from "./prompt.ts";

export type Ending =
  | { readonly kind: "finished" }
  /** The model's last word came without a call of a tool, or it said again and again that it was done. */
  | { readonly kind: "said"; readonly text: string }
  | { readonly kind: "refused"; readonly text: string }
  /** A limit was reached: of the turn, of steps, of the conversation. */
  | { readonly kind: "limit"; readonly why: string }
  | { readonly kind: "fault"; readonly fault: Fault };

export interface Ended {
  readonly ending: Ending;
  readonly desk: Desk;
  readonly changed: readonly string[];
  readonly memo: Memo | undefined;
  readonly usage: Usage;
}

export function answerOf({ ending, desk, changed, memo, usage }: Ended): Answer {
  const proposed = (words: Words): Answer => ({ kind: "proposed", description: "", ...words, memo, usage });
  switch (ending.kind) {
    case "finished":
      return proposed(desk.finished ?? { hypothesis: desk.purpose });
    case "said":
      if (changed.length > 0) return proposed(said(ending.text, desk));
      return {
        kind: "noChange",
        why: `the model changed nothing: ${oneLine(ending.text, 400) || "it said nothing"}`,
        usage,
      };
    case "refused":
      return { kind: "refused", why: `the model refused: ${oneLine(ending.text, 400) || "by a filter"}`, usage };
    case "limit": {
      // What is there counts when somebody can be told what it is for.
      const hypothesis = oneLine(desk.purpose, 200);
      if (changed.length > 0 && hypothesis !== "")
        return proposed({ hypothesis, description: `Ended early: ${ending.why}.` });
      return { kind: "failed", why: ending.why, usage };
    }
    case "fault":
      return faultAnswer(ending.fault, usage);
    default:
      return ending satisfies never;
  }
}

interface Words {
  readonly hypothesis: string;
  readonly description?: string;
  readonly intent?: "simplify" | undefined;
}

/** The last word may have the labelled lines; without them, what was said with the edit is the better hypothesis. */
function said(text: string, desk: Desk): Words {
  const words = wordsOf(text);
  const purpose = oneLine(desk.purpose, 200);
  return /hypothesis/i.test(text) || purpose === "" ? words : { ...words, hypothesis: purpose };
}

function faultAnswer(fault: Fault, usage: Usage): Answer {
  switch (fault.kind) {
    case "rateLimited":
      return { kind: "rateLimited", why: fault.why, until: fault.until, usage };
    case "passing":
      // An overloaded server is no fault of the proposal's: the harness waits, longer each time.
      return fault.overloaded
        ? { kind: "rateLimited", why: fault.why, usage }
        : { kind: "failed", why: fault.why, usage };
    case "tooLong":
    case "lasting":
      return { kind: "failed", why: fault.why, usage };
    default:
      return fault satisfies never;
  }
}
