/**
 * Keeps the conversation within what a model takes: old results of tools are shortened, the newest ones are not. Pure.
 *
 * What the model said itself stays: it is what a later step builds on. Shortening goes well below the limit, so that it
 * happens rarely: each time, what the vendor had cached of the conversation is lost.
 */
import type { ModelMessage, ToolModelMessage } from "ai";

/** The results of so many steps stay whole. */
const KEPT = 2;
const SHORT = 200;
const MARK = "[an old result, shortened; call the tool again if you need it] ";

/** Characters of a conversation as it is sent, roughly. */
export function sizeOf(messages: readonly ModelMessage[]): number {
  return JSON.stringify(messages).length;
}

/** The same conversation when it fits; else with the oldest results shortened until it fits, or none is left. */
export function shortened(messages: readonly ModelMessage[], limit: number): readonly ModelMessage[] {
  let size = sizeOf(messages);
  if (size <= limit) return messages;
  const goal = limit * 0.6;
  const results = messages.flatMap((message, i) => (message.role === "tool" ? [i] : []));
  const old = new Set(results.slice(0, -KEPT));
  return messages.map((message, i) => {
    if (size <= goal || !old.has(i) || message.role !== "tool") return message;
    const short = shortResult(message);
    size -= sizeOf([message]) - sizeOf([short]);
    return short;
  });
}

function shortResult(message: ToolModelMessage): ToolModelMessage {
  const content = message.content.map((part) => {
    if (part.type !== "tool-result" || (part.output.type !== "text" && part.output.type !== "error-text")) return part;
    const { value } = part.output;
    if (value.length <= SHORT + MARK.length) return part;
    return { ...part, output: { ...part.output, value: `${MARK}${value.slice(0, SHORT)}…` } };
  });
  return { ...message, content };
}
