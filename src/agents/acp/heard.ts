/**
 * What was heard from an ACP agent in one turn: its final message, what it says it used, and a transcript for people.
 * All bounded, all untrusted.
 */
import type { PromptResponse, SessionUpdate } from "@agentclientprotocol/sdk/unstable";
import type { Usage } from "../../experiment.ts";
import { appendLog, type CappedLog } from "../../util/capped-log.ts";
import { oneLine, plainText } from "../../util/text.ts";

export interface Heard {
  readonly log: CappedLog;
  /** The message that the agent is at: a tool call begins a new one. */
  message: string;
  /** The last message that was not empty. */
  last: string;
  dollars?: number | undefined;
  tokens?: Pick<Usage, "inputTokens" | "cachedTokens" | "outputTokens"> | undefined;
}

/** Of the final message so much is kept: the words stand at its end. */
const MESSAGE_CHARACTERS = 64 * 1024;
const LINE_CHARACTERS = 2000;

export function openHeard(log: CappedLog): Heard {
  return { log, message: "", last: "" };
}

/** One line of the transcript. */
export function note(heard: Heard, text: string): void {
  appendLog(heard.log, Buffer.from(`${oneLine(text, LINE_CHARACTERS)}\n`));
}

/** Takes in one update, in the order of the wire. */
export function hear(heard: Heard, update: SessionUpdate): void {
  switch (update.sessionUpdate) {
    case "agent_message_chunk":
      if (update.content.type === "text")
        heard.message = (heard.message + update.content.text).slice(-MESSAGE_CHARACTERS);
      break;
    case "tool_call":
      closeMessage(heard);
      note(heard, `tool: ${update.kind ?? "other"}: ${update.title}${pathsOf(update.locations)}`);
      break;
    case "tool_call_update":
      if (update.status === "completed" || update.status === "failed") {
        note(heard, `tool ${update.status}: ${update.title ?? update.toolCallId}${pathsOf(update.locations)}`);
      }
      break;
    case "usage_update":
      // It counts up over the session, which is one turn.
      if (update.cost?.currency === "USD" && update.cost.amount >= 0) heard.dollars = update.cost.amount;
      break;
    default:
      break;
  }
}

/** The end of the turn. `agent`: its name, because one counts only its last step. */
export function hearEnd(heard: Heard, response: PromptResponse, agent: string): void {
  closeMessage(heard);
  note(heard, `end: ${response.stopReason}`);
  const { usage } = response;
  // opencode 1.18 gives the tokens of its last step as those of the turn: no number is better than a wrong one.
  if (usage === null || usage === undefined || /opencode/i.test(agent)) return;
  const cached = usage.cachedReadTokens ?? 0;
  // Agents leave cached tokens out of their input here; ours are all that were read.
  heard.tokens = {
    inputTokens: usage.inputTokens + cached + (usage.cachedWriteTokens ?? 0),
    ...(usage.cachedReadTokens === null || usage.cachedReadTokens === undefined ? {} : { cachedTokens: cached }),
    outputTokens: usage.outputTokens,
  };
}

/** The agent's final message. */
export function finalMessage(heard: Heard): string {
  return heard.message === "" ? heard.last : heard.message;
}

/** What the agent reported itself. */
export function usageIn(heard: Heard): Omit<Usage, "seconds"> {
  return { ...heard.tokens, ...(heard.dollars === undefined ? {} : { dollars: heard.dollars }) };
}

function closeMessage(heard: Heard): void {
  if (heard.message.trim() === "") return;
  heard.last = heard.message;
  heard.message = "";
  appendLog(heard.log, Buffer.from(`agent: ${plainText(heard.last, MESSAGE_CHARACTERS)}\n`));
}

function pathsOf(locations: readonly { readonly path: string }[] | null | undefined): string {
  const paths = (locations ?? []).slice(0, 5).map((location) => location.path);
  return paths.length === 0 ? "" : ` (${paths.join(", ")})`;
}
