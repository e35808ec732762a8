/**
 * Reads the usage of one reply as its bytes pass by, whole JSON or a stream of events, split anywhere. It holds back
 * nothing and keeps nothing but the line or the document that is not complete yet, up to a limit.
 *
 * Hazard: an event's data is taken to stand on one line, as it does with all four vendors.
 */
import type { Tokens } from "../prices.ts";
import { addUsage, type SeenUsage, tokensOf } from "./usage.ts";
import { isRecord, type Wire } from "./wire.ts";

/** A longer line or document is not read: its reply counts as one without usage. */
const MAX_PENDING = 32 << 20;

export interface Reply {
  readonly wire: Wire;
  readonly isStream: boolean;
  readonly seen: SeenUsage;
  pending: string;
  overflowed: boolean;
  /** The stream itself said that it is complete, before its connection ended. */
  done: boolean;
  end: "complete" | "broken" | undefined;
}

export function openReply(wire: Wire, contentType: string): Reply {
  return {
    wire,
    isStream: /^text\/event-stream/i.test(contentType),
    seen: { counters: {}, otherRate: false },
    pending: "",
    overflowed: false,
    done: false,
    end: undefined,
  };
}

/** True when the tokens seen, or whether it is done, may have changed. */
export function feedReply(reply: Reply, chunk: Buffer): boolean {
  // Letters are not needed, only numbers and their names: every byte is a character, and none is cut in two.
  const text = chunk.toString("latin1");
  if (reply.pending.length + text.length > MAX_PENDING) {
    reply.overflowed = true;
    reply.pending = "";
    return false;
  }
  reply.pending += text;
  if (!reply.isStream || !text.includes("\n")) return false;
  const lines = reply.pending.split("\n");
  reply.pending = lines.pop() ?? "";
  return lines.map((line) => readLine(reply, line)).includes(true);
}

/** No more of it comes. `isComplete`: the upstream ended it, not a broken connection. Only the first call counts. */
export function endReply(reply: Reply, isComplete: boolean): void {
  if (reply.end !== undefined) return;
  reply.end = isComplete ? "complete" : "broken";
  if (reply.isStream) readLine(reply, reply.pending);
  else if (isComplete && !reply.overflowed) addUsage(reply.seen, reply.wire, parsed(reply.pending));
  reply.pending = "";
}

/** What the reply has used as far as was seen, and whether that is all. */
export function usageOf(reply: Reply): { readonly tokens: Tokens | undefined; readonly isWhole: boolean } {
  const tokens = tokensOf(reply.seen, reply.wire);
  // Anthropic reports the input at a stream's start, so that tokens were seen does not say that all were.
  const needsWord = reply.isStream && reply.wire === "anthropic";
  return { tokens, isWhole: tokens !== undefined && (reply.done || (reply.end === "complete" && !needsWord)) };
}

function readLine(reply: Reply, line: string): boolean {
  if (!line.startsWith("data:")) return false;
  const data = line.slice(5).trim();
  if (data === "[DONE]" || (data.length < 300 && data.includes('"message_stop"'))) {
    reply.done = true;
    return true;
  }
  // Most lines are pieces of text: only those that can hold a usage are parsed.
  if (!data.includes('"usage')) return false;
  const event = parsed(data);
  const found = addUsage(reply.seen, reply.wire, event);
  if (isRecord(event) && /^response\.(?:completed|incomplete|failed)$/.test(String(event.type))) reply.done = true;
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
