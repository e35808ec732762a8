/**
 * An agent that is any program: `--agent "command:./my-agent {prompt-file}"` or `--agent command:FILE.json`.
 *
 * It starts in the lab folder of its worktree, finds the prompt on standard input and in the file
 * NIGHTYARD_PROMPT_FILE, edits files, and ends. Exit code 0 is a proposal, 75 ("try again later", sysexits.h) a rate
 * limit, any other a failure. The last lines of its standard output may say HYPOTHESIS:, DESCRIPTION: and INTENT:.
 * What it may touch: command/fence.ts; how it reaches a model: command/program.ts.
 */
import { basename, resolve } from "node:path";
import type { Agent, Answer, Turn } from "../agent.ts";
import { UserError } from "../util/user-error.ts";
import { answerFor } from "./command/answer.ts";
import { checkDoor, type Door } from "./command/door.ts";
import { type Launch, type Place, type Ran, runProgram } from "./command/program.ts";
import { promptOf } from "./command/prompt.ts";
import { rateLimitIn } from "./command/rate-limit.ts";
import { type CommandSettings, commandSettings, ownProgram, untilde } from "./command/settings.ts";

/** Exit code by which a program says that it must wait: EX_TEMPFAIL. */
export const TRY_LATER = 75;

/** The agent of `command:<argument>`; throws UserError when that says nothing usable. */
export function command(argument: string): Agent {
  const settings = commandSettings(argument);
  const own = ownProgram(settings);
  if (own === undefined && /^\.\.?\//.test(settings.command)) {
    const [word = ""] = settings.command.split(/\s/);
    throw new UserError(`--agent command: ${resolve(settings.base, word)}: there is no such program`);
  }
  const door = doorOf(settings);
  checkDoor(door);
  const name = `command ${settings.name ?? basename(argument.trim().split(/\s/)[0] ?? "", ".json")}`;
  return { name, propose: (turn) => propose(turn, { settings, door, program: own?.path }) };
}

interface Chosen {
  readonly settings: CommandSettings;
  readonly door: Door;
  /** Absolute path of the person's own program. */
  readonly program: string | undefined;
}

async function propose(turn: Turn, { settings, door, program }: Chosen): Promise<Answer> {
  const prompt = promptOf(turn);
  const ran = await runProgram(turn, {
    prompt,
    door,
    launch: (place) => launchOf(settings, { place, program, prompt }),
  });
  return isTryLater(ran) ? tryLater(ran) : answerFor(ran, { text: ran.done.stdout, usage: {} });
}

export function doorOf(settings: CommandSettings): Door {
  const { network, tunnel: tunnelTo, requests, prices } = settings;
  const upstreams = settings.upstreams.map(({ name, url: baseUrl, wire }) => ({ name, baseUrl, wire }));
  return { network, upstreams, tunnelTo, requests, prices };
}

interface Circumstances {
  readonly place: Place;
  readonly program: string | undefined;
  readonly prompt: string;
}

export function launchOf(settings: CommandSettings, { place, program, prompt }: Circumstances): Launch {
  const passed = settings.env.map((name) => [name, process.env[name] ?? ""] as const);
  const bases = settings.upstreams.map(({ name, url: baseUrl, wire, env }) => {
    return [env, place.urlOf({ name, baseUrl, wire })] as const;
  });
  const paths = (list: readonly string[]) => list.map((path) => resolve(settings.base, untilde(path)));
  return {
    command: lineOf(settings.command, { place, program, prompt }),
    stdin: settings.stdin ? prompt : undefined,
    env: {
      ...settings.set,
      ...Object.fromEntries([...passed, ...bases]),
      NIGHTYARD_PROMPT_FILE: place.promptFile,
    },
    files: {},
    home: settings.home,
    readable: [...(program === undefined ? [] : [program]), ...paths(settings.read)],
    writable: paths(settings.write),
    covered: [],
    secrets: passed.map(([, value]) => value),
  };
}

function lineOf(line: string, { place, program, prompt }: Circumstances): string {
  const rest = program === undefined ? line : line.replace(/^\S+/, () => quoted(program));
  return rest.replace(/\{(prompt-file|prompt)\}/g, (_whole, what: string) =>
    quoted(what === "prompt" ? prompt : place.promptFile),
  );
}

/** One word of a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("\0", "").replaceAll("'", "'\\''")}'`;
}

function isTryLater({ done }: Ran): boolean {
  return done.outcome.kind === "crashed" && done.outcome.exitCode === TRY_LATER;
}

function tryLater(ran: Ran): Answer {
  const answer = answerFor(ran, { text: "", usage: {} });
  if (answer.kind !== "failed") return answer;
  const said = `429 ${ran.done.stdout.slice(-2000)}\n${ran.done.stderr.slice(-2000)}`;
  const until = rateLimitIn(said, new Date())?.until;
  return { kind: "rateLimited", why: answer.why, until, usage: answer.usage };
}
