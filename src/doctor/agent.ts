/**
 * Whether an agent of `--agent` can take a turn without a person: it is made as `run` would make it, which finds a
 * missing command, an old one and a missing key; a `command:` line is read for the words that known agents need, and
 * tried for some seconds where the fence lets it reach no model.
 *
 * Not proven: that a login is valid, and that a model answers; only a turn shows that, and a turn costs.
 */
import { existsSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import type { Agent } from "../agent.ts";
import { type CommandSettings, commandSettings, ownProgram } from "../agents/command/settings.ts";
import { installLine, whereIs } from "../agents/presets/find.ts";
import { optionsOf } from "../agents/presets/options.ts";
import { PRESETS } from "../agents/presets.ts";
import { agentOf } from "../kinds.ts";
import { triedTurn } from "./agent-turn.ts";
import { type Finding, fault, faultOf, ok, warning } from "./finding.ts";
import { lacksOf } from "./prompts.ts";
import { leftSeconds, type Trial } from "./trial.ts";

/** Looks at one agent; `trial` is missing where nothing of the lab can be tried. */
export async function agentFindings(text: string, trial: Trial | undefined): Promise<readonly Finding[]> {
  const check = `agent ${text.split(/[\s:]/)[0]}`;
  try {
    const agent = agentOf(text);
    if (text.startsWith("command:")) return await commandFindings(check, { text, agent, trial });
    const note = agent.note === undefined ? [] : [warning(check, agent.note)];
    return [...presetFindings(check, text, agent), ...note];
  } catch (error) {
    return [faultOf(check, error)];
  }
}

/** With the person's own login there must be one; whether it still counts is not asked. */
function presetFindings(check: string, text: string, agent: Agent): readonly Finding[] {
  const [name = ""] = text.split(":");
  const known = PRESETS.find((one) => one.name === name);
  if (known === undefined) return [ok(check, `${agent.name} is there`)];
  const unknown = "it is started headless and asks nothing; whether its key or login is valid, only a turn shows";
  const found = ok(check, `${agent.name} is there; ${unknown}`);
  if (optionsOf(name, text.slice(name.length + 1)).home !== "own") return [found];
  if (known.login.some((path) => existsSync(join(os.homedir(), path)))) return [found];
  const never = `${known.title} was never logged in here: no ${known.login.map((path) => `~/${path}`).join(", no ")}`;
  return [{ ...fault(check, never, `${known.bin}   # log in once, by hand`), unavailable: true }];
}

interface Asked {
  readonly text: string;
  readonly agent: Agent;
  readonly trial: Trial | undefined;
}

async function commandFindings(check: string, { text, agent, trial }: Asked): Promise<readonly Finding[]> {
  const settings = commandSettings(text.slice("command:".length));
  const missing = missingProgram(check, settings);
  if (missing !== undefined) return [missing];
  const lacks = lacksOf(settings.command).map(({ bin, kind, add }) =>
    kind === "asks"
      ? fault(check, `\`${bin}\` without ${add} would prompt: it opens a conversation`, `add ${add}, or --agent ${bin}`)
      : warning(check, `\`${bin}\` has no leave to edit: it asks, or changes nothing`, `add ${add}, or --agent ${bin}`),
  );
  if (lacks.some((f) => f.state === "fault")) return lacks;
  if (settings.network !== "none") {
    return [...lacks, ok(check, `${agent.name} can reach a model, so it was not tried: a turn would cost`)];
  }
  if (trial === undefined || leftSeconds(trial) < 1) {
    return [...lacks, warning(check, `${agent.name} was not tried: whether it asks is not known`)];
  }
  return [...lacks, await triedTurn(check, agent, trial)];
}

/** Words of a shell, which are no programs on PATH. */
const SHELL_WORDS = /^(?:if|for|while|until|case|cd|exec|export|set|test|true|false|echo|printf|read|trap|[.:])$/;

function missingProgram(check: string, settings: CommandSettings): Finding | undefined {
  const [first = ""] = settings.command.split(/\s+/);
  if (!/^[\w.-]+$/.test(first) || SHELL_WORDS.test(first) || ownProgram(settings) !== undefined) return undefined;
  if (whereIs(first) !== undefined) return undefined;
  const known = PRESETS.find(({ bin }) => bin === first);
  const fix = known === undefined ? `install ${first}, or give its path` : installLine(known);
  return { ...fault(check, `no ${first} on PATH`, fix), unavailable: true };
}
