/**
 * One turn with an ACP agent's process: it is started, spoken with, and ended with everything it started.
 *
 * An abort or the timeout first asks the agent to cancel, so that it can close its request to the model, and ends its
 * processes a moment later whatever it does. What came of it is told as an execution, like that of any other program.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { StopReason } from "@agentclientprotocol/sdk/unstable";
import type { Turn } from "../../agent.ts";
import { type Executed, type Execution, execute } from "../../execute.ts";
import type { Outcome } from "../../experiment.ts";
import { appendLog, closeLog, openLog } from "../../util/capped-log.ts";
import { oneLine, plainText, tail } from "../../util/text.ts";
import { converse } from "./conversation.ts";
import { type Heard, openHeard } from "./heard.ts";
import { openWire } from "./wire.ts";

/** How the conversation ended. */
export interface Spoken {
  readonly heard: Heard;
  readonly stop?: StopReason | undefined;
  /** Why it did not end well. */
  readonly error?: string | undefined;
}

/** An agent that was told to cancel may close what it has open: opencode takes 0.2 s. */
const CANCEL_MS = 2000;
/** Its input is closed: agents end by themselves then. */
const GOODBYE_MS = 1500;
/** Until the process tree's own timeout, which comes only if ours failed. */
const SPARE_SECONDS = 10;
const TRANSCRIPT_BYTES = 4 * 1024 * 1024;

/** Runs the agent's command for one turn. Never rejects. */
export async function speakWith(
  execution: Execution,
  turn: Turn,
  prompt: string,
): Promise<{ readonly done: Executed; readonly spoken: Spoken }> {
  const log = await openLog(turn.transcriptFile, TRANSCRIPT_BYTES);
  const heard = openHeard(log);
  const stop = new AbortController();
  const cancel = new AbortController();
  const wire = openWire(() => stop.abort());
  const running = execute({
    ...execution,
    stdin: undefined,
    logFile: undefined,
    talk: wire.talk,
    timeoutSeconds: turn.timeoutSeconds + SPARE_SECONDS,
    signal: stop.signal,
  });
  void running.then(() => wire.close());
  const talking = wire.stream
    .then((stream) => converse(stream, { turn, prompt, heard, cancel: cancel.signal }))
    .then(
      (reason): Spoken => ({ heard, stop: reason }),
      (error: unknown): Spoken => ({ heard, error: errorText(error) }),
    );
  const clock = { over: false };
  const spoken = await talkUntil({ talking, running, turn, clock, cancel });
  // Most agents end by themselves when their input ends.
  wire.hangUp();
  await Promise.race([running, sleep(spoken === undefined ? 0 : GOODBYE_MS, undefined, { ref: false })]);
  stop.abort();
  const done = await running;
  appendLog(log, Buffer.from(plainText(tail(done.stderr, 8192), 8192)));
  await closeLog(log);
  const said = wire.tooMuch ? { heard, error: "it sent more than 64 MiB" } : (spoken ?? { heard });
  return { done: { ...done, outcome: outcomeOf(done.outcome, said, clock.over ? turn : undefined) }, spoken: said };
}

interface Talking {
  readonly talking: Promise<Spoken>;
  readonly running: Promise<Executed>;
  readonly turn: Turn;
  readonly clock: { over: boolean };
  readonly cancel: AbortController;
}

/** How the conversation ended; undefined when it was cut off: by the process's end, the timeout, an abort. */
async function talkUntil({ talking, running, turn, clock, cancel }: Talking): Promise<Spoken | undefined> {
  const off = new AbortController();
  const ended = running.then(() => undefined);
  // A conversation that ends with its process is told by the process, unless it has just said its last word.
  const spoken = Promise.race([talking, ended.then(() => Promise.race([talking, sleep(200, undefined)]))]);
  const timeout = sleep(Math.min(turn.timeoutSeconds * 1000, 2 ** 31 - 1), "timeout" as const, { signal: off.signal });
  timeout.catch(() => {});
  const aborted = new Promise<"aborted">((resolve) => {
    const tell = () => resolve("aborted");
    turn.signal.addEventListener("abort", tell, { once: true, signal: off.signal });
    if (turn.signal.aborted) tell();
  });
  try {
    const first = await Promise.race([spoken, timeout, aborted]);
    if (first !== "timeout" && first !== "aborted") return first;
    clock.over = first === "timeout";
    cancel.abort();
    await Promise.race([talking, ended, sleep(CANCEL_MS, undefined, { ref: false })]);
    return undefined;
  } finally {
    off.abort();
  }
}

/** We end the process in any case, so that its own end says something only when the conversation did not end. */
function outcomeOf(outcome: Outcome, spoken: Spoken, over: Turn | undefined): Outcome {
  if (over !== undefined) return { kind: "timedOut", afterSeconds: over.timeoutSeconds };
  if (spoken.stop !== undefined || spoken.error !== undefined) return { kind: "finished" };
  return outcome.kind === "finished"
    ? { kind: "crashed", exitCode: 0, why: "it ended in the middle of its turn" }
    : outcome;
}

function errorText(error: unknown): string {
  const { message = String(error), code, data } = error as { message?: string; code?: number; data?: unknown };
  const more = data === undefined || data === null ? "" : ` ${JSON.stringify(data)}`;
  // -32000 is the protocol's "authentication required".
  const hint = code === -32000 ? " (it wants a login or a key: docs/acp.md)" : "";
  return oneLine(`${message}${more}${hint}`, 1000);
}
