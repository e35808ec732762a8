/**
 * What `nightyard doctor` found: one value per thing looked at, in words that a person can act on.
 *
 * `fault`: a session would fail, or its verdicts would be worth nothing. `warning`: it would run, and something about
 * it should be known. Texts may hold words of the lab or of its output: they are cleaned and bounded here.
 */
import { oneLine } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";

export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "fault";
  readonly text: string;
  /** A command, or an edit of program.md. */
  readonly fix?: string | undefined;
  /** An agent, its command or its key is not there: exit code 4 where nothing else is to mend. */
  readonly unavailable?: true | undefined;
}

const MAX_TEXT = 1200;
const MAX_FIX = 600;

export function ok(check: string, text: string): Finding {
  return { check, state: "ok", text: oneLine(text, MAX_TEXT) };
}

export function warning(check: string, text: string, fix?: string): Finding {
  return { check, state: "warning", text: oneLine(text, MAX_TEXT), ...fixOf(fix) };
}

export function fault(check: string, text: string, fix?: string): Finding {
  return { check, state: "fault", text: oneLine(text, MAX_TEXT), ...fixOf(fix) };
}

/** What a person must mend, as a finding; anything else that was thrown is a bug and goes on. */
export function faultOf(check: string, error: unknown): Finding {
  if (!(error instanceof UserError)) throw error;
  const found = fault(check, error.message, error.fix);
  return error.exitCode === EXIT.agentUnavailable ? { ...found, unavailable: true } : found;
}

/** Some names in a sentence: the first few, and how many more. */
export function some(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(", ");
  return names.length <= most ? shown : `${shown} and ${names.length - most} more`;
}

function fixOf(fix: string | undefined): { readonly fix?: string } {
  return fix === undefined ? {} : { fix: oneLine(fix, MAX_FIX) };
}
