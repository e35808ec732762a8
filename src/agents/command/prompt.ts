/**
 * What an agent that is a program is asked: the briefing, for one that edits files by itself.
 */
import type { Turn } from "../../agent.ts";
import { briefingText } from "../../briefing/text.ts";

export function promptOf(turn: Turn): string {
  return briefingText(turn.briefing, "files");
}
