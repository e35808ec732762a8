/**
 * Which kinds of agent and runner there are: one plain table each. A new kind is one row here, one file in its folder,
 * and one line in the contract suite's test.
 */
import type { Agent } from "./agent.ts";
import { acp } from "./agents/acp.ts";
import { command } from "./agents/command.ts";
import { llm } from "./agents/llm.ts";
import { parseMix } from "./agents/mix/parse.ts";
import { mix } from "./agents/mix.ts";
import { preset } from "./agents/presets.ts";
import { scripted } from "./agents/scripted.ts";
import { tuner } from "./agents/tuner.ts";
import type { Runner } from "./runner.ts";
import { local } from "./runners/local.ts";
import { EXIT, UserError } from "./util/user-error.ts";

/** What follows the colon in `--agent kind:argument`; "" when nothing does. */
type Make<T> = (argument: string) => T;

export const AGENTS: Readonly<Record<string, Make<Agent>>> = {
  tuner: () => tuner(),
  scripted: (file) => scripted(file),
  command: (line) => command(line),
  acp: (line) => acp(line),
  llm: (model) => llm(model),
  claude: (options) => preset("claude", options),
  codex: (options) => preset("codex", options),
  opencode: (options) => preset("opencode", options),
  gemini: (options) => preset("gemini", options),
  pi: (options) => preset("pi", options),
};

export const RUNNERS: Readonly<Record<string, Make<Runner>>> = {
  local: () => local(),
};

/**
 * The agent of `--agent`, or the mix of several (agents/mix/parse.ts); throws UserError (exit 4) for a kind that is not
 * there.
 */
export function agentOf(text: string): Agent {
  const plan = parseMix(text, Object.keys(AGENTS));
  if (plan === undefined) return choose("agent", AGENTS, text);
  const members = plan.parts.map((part) => ({ ...part, agent: choose("agent", AGENTS, part.label) }));
  return mix(members, plan.turns);
}

/** The single agents that a text of `--agent` names: one, or the members of a mix. Throws UserError. */
export function agentTexts(text: string): readonly string[] {
  return parseMix(text, Object.keys(AGENTS))?.parts.map((part) => part.label) ?? [text];
}

/** The runner of `--runner`; throws UserError for a kind that is not there. */
export function runnerOf(text: string): Runner {
  return choose("runner", RUNNERS, text);
}

function choose<T>(what: string, table: Readonly<Record<string, Make<T>>>, text: string): T {
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  const make = Object.hasOwn(table, kind) ? table[kind] : undefined;
  if (make === undefined) {
    const known = Object.keys(table).join(", ");
    throw new UserError(`--${what}: expected one of ${known}, found "${kind}"`, {
      exitCode: what === "agent" ? EXIT.agentUnavailable : EXIT.usage,
      fix: `nightyard run --${what} ${Object.keys(table)[0]}`,
    });
  }
  return make(colon < 0 ? "" : text.slice(colon + 1));
}
