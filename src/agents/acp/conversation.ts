/**
 * One conversation with an ACP agent: initialize, a session in the lab folder, one prompt, its updates, its end.
 *
 * Updates are read from the session's own queue, not by a handler: with a handler the prompt's result was seen before
 * updates that the agent had sent earlier (tried with SDK 2.4). We offer files and no terminal.
 */
import {
  type ActiveSession,
  type ActiveSessionMessage,
  type ClientContext,
  client,
  methods,
  PROTOCOL_VERSION,
  type StopReason,
  type Stream,
} from "@agentclientprotocol/sdk/unstable";
import type { Turn } from "../../agent.ts";
import { oneLine } from "../../util/text.ts";
import { readTextFile, writeTextFile } from "./files.ts";
import { type Heard, hear, hearEnd, note } from "./heard.ts";
import { permissionFor } from "./permission.ts";

export interface ConversationOptions {
  readonly turn: Turn;
  readonly prompt: string;
  readonly heard: Heard;
  /** When it is aborted the agent is told to cancel; that it then ends is not waited for here. */
  readonly cancel: AbortSignal;
}

/** Speaks with the agent until its turn ends. Rejects when it breaks the protocol or goes away. */
export async function converse(stream: Stream, options: ConversationOptions): Promise<StopReason> {
  const connection = clientApp(options).connect(stream);
  try {
    const gone = connection.closed.then((): never => {
      throw new Error("the agent closed the connection in the middle of its turn");
    });
    gone.catch(() => {});
    return await Promise.race([speak(connection.agent, options), gone]);
  } finally {
    connection.close();
  }
}

function clientApp({ turn, heard }: ConversationOptions) {
  return client({ name: "nightyard" })
    .onRequest(methods.client.session.requestPermission, ({ params }) => {
      const { allowed, why, optionId } = permissionFor(turn, params);
      note(heard, `permission ${allowed ? "given" : "refused"}: ${params.toolCall.title ?? "?"}: ${why}`);
      return { outcome: optionId === undefined ? { outcome: "cancelled" } : { outcome: "selected", optionId } };
    })
    .onRequest(methods.client.fs.writeTextFile, async ({ params }) => {
      await noted(heard, `write ${params.path}`, writeTextFile(turn, params));
      return {};
    })
    .onRequest(methods.client.fs.readTextFile, async ({ params }) => {
      return { content: await noted(heard, `read ${params.path}`, readTextFile(turn, params)) };
    });
}

async function noted<T>(heard: Heard, what: string, doing: Promise<T>): Promise<T> {
  try {
    const value = await doing;
    note(heard, what);
    return value;
  } catch (error) {
    note(heard, `refused: ${what}: ${(error as Error).message}`);
    throw error;
  }
}

async function speak(agent: ClientContext, options: ConversationOptions): Promise<StopReason> {
  const { turn, prompt, heard, cancel } = options;
  const initialized = await agent.request(methods.agent.initialize, {
    protocolVersion: PROTOCOL_VERSION,
    clientInfo: { name: "nightyard", version: "1" },
    clientCapabilities: { fs: { readTextFile: true, writeTextFile: true }, terminal: false },
  });
  if (initialized.protocolVersion !== PROTOCOL_VERSION) {
    throw new Error(`it speaks version ${initialized.protocolVersion} of the protocol, expected ${PROTOCOL_VERSION}`);
  }
  const name = initialized.agentInfo?.name ?? "";
  note(heard, `agent ${oneLine(`${name} ${initialized.agentInfo?.version ?? ""}`, 100)}`);
  const session = await agent.buildSession(turn.dir).start();
  try {
    const tell = () =>
      void agent.notify(methods.agent.session.cancel, { sessionId: session.sessionId }).catch(() => {});
    cancel.addEventListener("abort", tell, { once: true });
    if (cancel.aborted) tell();
    return await listen(session, { prompt, heard, name });
  } finally {
    session.dispose();
  }
}

async function listen(
  session: ActiveSession,
  { prompt, heard, name }: { readonly prompt: string; readonly heard: Heard; readonly name: string },
): Promise<StopReason> {
  const prompted = session.prompt(prompt);
  // Its end comes by the queue, behind all updates; only its failure must not be waited for there.
  const failed = new Promise<never>((_, reject) => prompted.catch(reject));
  for (;;) {
    const message: ActiveSessionMessage = await Promise.race([session.nextUpdate(), failed]);
    if (message.kind === "stop") {
      hearEnd(heard, message.response, name);
      return message.stopReason;
    }
    hear(heard, message.update);
  }
}
