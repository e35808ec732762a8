/**
 * The coding agents that people have already, by name: `--agent claude`, `codex`, `opencode`, `gemini`, `pi`, with
 * options behind a colon (presets/options.ts).
 *
 * Each makes one proposal per turn, headless, inside our fence, with an empty home and a clean environment, allowed to
 * read and to edit what is in scope, and to reach its model through the gateway alone, which has the key and gives the
 * agent a token of the turn in its place. What each of them can enforce itself is said in its file; what none can, the
 * fence and the check of the scope do.
 */
import os from "node:os";
import { join } from "node:path";
import type { Agent, Answer, Turn } from "../agent.ts";
import { UserError } from "../util/user-error.ts";
import { answerFor } from "./command/answer.ts";
import { checkDoor, type Door } from "./command/door.ts";
import { type Launch, runProgram } from "./command/program.ts";
import { promptOf } from "./command/prompt.ts";
import { claude } from "./presets/claude.ts";
import { codex } from "./presets/codex.ts";
import { keyOf, type Target, targetOf } from "./presets/endpoint.ts";
import { type Finding, findAgent } from "./presets/find.ts";
import { gemini } from "./presets/gemini.ts";
import { opencode } from "./presets/opencode.ts";
import { type Options, optionsOf } from "./presets/options.ts";
import { pi } from "./presets/pi.ts";
import type { Ask, Preset, Settled } from "./presets/preset.ts";

export const PRESETS: readonly Preset[] = [claude, codex, opencode, gemini, pi];

/** The agent of `--agent <name>:<argument>`; throws UserError (exit 4 when the command or its key is missing). */
export function preset(name: string, argument: string): Agent {
  const chosen = PRESETS.find((one) => one.name === name);
  if (chosen === undefined) throw new Error(`no preset is called ${name}`);
  const options = optionsOf(name, argument);
  const target = targetFor(chosen, options);
  const finding = findAgent(chosen);
  const settled = settle(chosen, options, target);
  checkDoor(doorOf(chosen, options, settled));
  const { model } = settled;
  return {
    name: `${name} ${finding.found.version}${model === undefined ? "" : ` ${model}`}`,
    ...(finding.note === undefined ? {} : { note: finding.note }),
    propose: (turn) => propose(turn, { preset: chosen, options, settled, finding }),
  };
}

/** With one's own login the agent finds its way and its key itself. */
function targetFor(chosen: Preset, options: Options): Target | undefined {
  if (options.home === "own" && options.url === undefined) return undefined;
  const target = targetOf(chosen, options);
  if (target.model === undefined && (chosen.modelNeeded || target.endpoint.name === "local")) {
    throw new UserError(`--agent ${chosen.name}: expected model=NAME, found none`, {
      fix: `nightyard run --agent ${chosen.name}:model=NAME${options.url === undefined ? "" : `,url=${options.url}`}`,
    });
  }
  return target;
}

function settle(chosen: Preset, { home, model }: Options, target: Target | undefined): Settled {
  if (target === undefined) return { model, home, endpoint: undefined, key: "" };
  return { ...target, home, key: keyOf(chosen, target.endpoint) };
}

interface Chosen {
  readonly preset: Preset;
  readonly options: Options;
  readonly settled: Settled;
  readonly finding: Finding;
}

async function propose(turn: Turn, chosen: Chosen): Promise<Answer> {
  const prompt = promptOf(turn);
  const { preset: agent, options, settled, finding } = chosen;
  const upstream = upstreamOf(settled);
  const ran = await runProgram(turn, {
    prompt,
    door: doorOf(agent, options, settled),
    launch: (place) => {
      const url = upstream === undefined ? undefined : place.urlOf(upstream);
      const lent = place.token === undefined ? settled : { ...settled, key: place.token };
      return launchOf(chosen, { settled: lent, found: finding.found, turn, place, prompt, url });
    },
  });
  return answerFor(ran, agent.read(ran.done.stdout, settled));
}

function launchOf({ preset: agent, settled, finding }: Chosen, ask: Ask): Launch {
  const home = (path: string) => join(os.homedir(), path);
  const isOwn = settled.home === "own";
  return {
    stdin: ask.prompt,
    ...agent.launch(ask),
    command: finding.found.path,
    home: settled.home,
    readable: finding.found.folders,
    writable: isOwn ? agent.login.map(home) : [],
    covered: isOwn ? agent.covered.map(home) : [],
    secrets: [...(settled.endpoint?.key === undefined ? [] : [settled.key]), ask.settled.key],
  };
}

function upstreamOf({ endpoint, key }: Settled): Door["upstreams"][number] | undefined {
  if (endpoint === undefined) return undefined;
  return { name: endpoint.name, baseUrl: endpoint.url.replace(/\/+$/, ""), wire: endpoint.wire, key };
}

function doorOf(agent: Preset, options: Options, settled: Settled): Door {
  const upstream = upstreamOf(settled);
  const login = settled.home === "own" ? agent.hosts : [];
  return {
    network: options.network,
    upstreams: upstream === undefined ? [] : [upstream],
    tunnelTo: [...login, ...options.tunnel],
    requests: options.requests,
    prices: options.prices,
  };
}
