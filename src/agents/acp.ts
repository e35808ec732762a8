/**
 * An agent that speaks the Agent Client Protocol: `--agent "acp:opencode acp --pure"` or `--agent acp:FILE.json`.
 *
 * It is started anew for every turn, fenced like any other program (command/), with a fresh home unless the file says
 * otherwise, and gets the briefing as its prompt. Where it edits by our file handler, the scope can veto at once;
 * what it edits by its own means is checked afterwards, from git. Fields of the file: docs/acp.md.
 *
 * Not covered: logging in (an agent that asks for it fails), terminals, MCP servers of the agent's own.
 */
import type { StopReason } from "@agentclientprotocol/sdk/unstable";
import type { Agent, Answer, Turn } from "../agent.ts";
import { UserError } from "../util/user-error.ts";
import { finalMessage, usageIn } from "./acp/heard.ts";
import { findProgram } from "./acp/program.ts";
import { type Spoken, speakWith } from "./acp/turn.ts";
import { answerFor } from "./command/answer.ts";
import { runProgram } from "./command/program.ts";
import { promptOf } from "./command/prompt.ts";
import { commandSettings } from "./command/settings.ts";
import { doorOf, launchOf } from "./command.ts";

/** The agent of `acp:<argument>`; throws UserError: nothing usable is said, or the program is not there (exit 4). */
export function acp(argument: string): Agent {
  if (argument.trim() === "") {
    throw new UserError("--agent acp: expected a command line or a JSON file behind the colon, found nothing", {
      fix: 'nightyard run --agent "acp:opencode acp --pure"',
    });
  }
  const settings = commandSettings(argument, "acp");
  const program = findProgram(settings);
  const propose = (turn: Turn) => takeTurn(turn, settings, program);
  return { name: `acp ${settings.name ?? program.name}`, propose };
}

type Settings = ReturnType<typeof commandSettings>;

async function takeTurn(turn: Turn, settings: Settings, program: ReturnType<typeof findProgram>): Promise<Answer> {
  const prompt = promptOf(turn);
  let spoken: Spoken | undefined;
  const ran = await runProgram(turn, {
    prompt,
    door: doorOf(settings),
    launch: (place) => {
      const launch = launchOf(settings, { place, program: program.path, prompt });
      return { ...launch, readable: [...launch.readable, ...program.folders] };
    },
    run: async (execution) => {
      const said = await speakWith(execution, turn, prompt);
      spoken = said.spoken;
      return said.done;
    },
  });
  if (spoken === undefined) throw new Error("the agent was not spoken with");
  const reading = { text: finalMessage(spoken.heard), usage: usageIn(spoken.heard) };
  const answer = answerFor(ran, { ...reading, error: spoken.error ?? stopError(spoken.stop) });
  if (spoken.stop !== "refusal") return answer;
  return { kind: "refused", why: "the agent refused the task", usage: answer.usage };
}

/** A turn that the agent did not end by itself is no proposal: what it meant to do may be half done. */
function stopError(stop: StopReason | undefined): string | undefined {
  switch (stop) {
    case undefined:
    case "end_turn":
    case "refusal":
      return undefined;
    case "max_tokens":
      return "it stopped at its limit of tokens";
    case "max_turn_requests":
      return "it stopped at its limit of requests";
    case "cancelled":
      return "it says that it was cancelled";
    default:
      return stop satisfies never;
  }
}
