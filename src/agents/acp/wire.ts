/**
 * The wire between us and an ACP agent: its standard input and output as a stream of messages, with a bound on what it
 * may send in one turn, and without messages that answer nothing or that nobody asked for. Those the SDK prints to our
 * terminal, with words of the agent's in them.
 */
import { Writable } from "node:stream";
import { type AnyMessage, methods, ndJsonStream, type Stream } from "@agentclientprotocol/sdk/unstable";
import type { Talk } from "../../execute.ts";

export interface AgentWire {
  readonly talk: Talk;
  /** Resolves once the agent's process has its standard input. */
  readonly stream: Promise<Stream>;
  /** Ends the agent's standard input: it has nothing more to expect. */
  hangUp(): void;
  /** Nothing more comes: the process has ended. */
  close(): void;
  /** Set when the agent has sent more than it may. */
  tooMuch: boolean;
}

/** A transcript of a long turn with whole files in it has a few MiB. */
const MAX_SENT_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

/** `onTooMuch` is called when the bound is passed: what comes after is thrown away. */
export function openWire(onTooMuch: () => void): AgentWire {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let input: Writable | undefined;
  let sent = 0;
  let closed = false;
  const readable = new ReadableStream<Uint8Array>({
    start: (c) => {
      controller = c;
    },
    cancel: () => {
      closed = true;
    },
  });
  let take: (stream: Stream) => void = () => {};
  const stream = new Promise<Stream>((resolve) => {
    take = resolve;
  });
  const talk: Talk = {
    onInput: (stdin) => {
      input = stdin;
      take(sifted(ndJsonStream(Writable.toWeb(stdin), readable, { maxMessageBytes: MAX_MESSAGE_BYTES })));
    },
    onOutput: (chunk) => {
      sent += chunk.length;
      if (sent <= MAX_SENT_BYTES) {
        if (!closed) controller?.enqueue(chunk);
      } else if (!wire.tooMuch) {
        wire.tooMuch = true;
        onTooMuch();
      }
    },
  };
  const close = () => {
    if (!closed) controller?.close();
    closed = true;
  };
  const wire: AgentWire = { talk, stream, hangUp: () => input?.end(), close, tooMuch: false };
  return wire;
}

/** The stream without answers to what we did not ask, and without notifications that we do not know. */
function sifted(stream: Stream): Stream {
  const asked = new Set<unknown>();
  const out = new TransformStream<AnyMessage, AnyMessage>({
    transform: (message, controller) => {
      if ("id" in message && "method" in message) asked.add(message.id);
      controller.enqueue(message);
    },
  });
  // That the agent is gone is told by its process.
  out.readable.pipeTo(stream.writable).catch(() => {});
  const readable = stream.readable.pipeThrough(
    new TransformStream<AnyMessage, AnyMessage>({
      transform: (message, controller) => {
        const { id, method } = message as { id?: unknown; method?: unknown };
        const expected =
          typeof method === "string"
            ? id !== undefined || method === methods.client.session.update
            : id !== undefined && asked.delete(id);
        if (expected) controller.enqueue(message);
      },
    }),
  );
  return { readable, writable: out.writable };
}
