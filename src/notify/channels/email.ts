/**
 * E-mail by SMTP, as plain text. The Message-ID is made from the notification's id, so a second copy can be told.
 *
 * Promises: without encryption nothing goes further than this machine, unless the person said `tls: none`; name and
 * password come from the environment alone.
 */
import { connect, type Socket } from "node:net";
import { createTransport } from "nodemailer";
import { oneLine } from "../../util/text.ts";
import { type ChannelOf, isLoopback } from "../config.ts";
import { type Delivered, type Delivery, fromEnv, unset } from "../delivered.ts";
import { bodyOf } from "../notification.ts";

const TIMEOUT_MS = 10_000;

export async function email(channel: ChannelOf<"email">, delivery: Delivery): Promise<Delivered> {
  const { notification: n, env, signal } = delivery;
  const login = loginOf(channel, env);
  if ("kind" in login) return login;
  const { host, port } = channel;
  const plain = channel.tls === "none" || (channel.tls === undefined && isLoopback(host));
  const transport = createTransport({
    host,
    port,
    secure: port === 465 && !plain,
    ...(plain ? { ignoreTLS: true } : { requireTLS: true }),
    ...("auth" in login ? { auth: login.auth } : {}),
    getSocket: (_options: unknown, callback: OnSocket) => connected(host, port, signal, callback),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const mail = {
    from: channel.from,
    to: channel.to,
    subject: n.title,
    text: `${bodyOf(n)}\n`,
    messageId: `<${n.id}@nightyard.invalid>`,
    headers: { "X-Nightyard-Id": n.id, "Auto-Submitted": "auto-generated" },
  };
  return transport.sendMail(mail).then((): Delivered => ({ kind: "sent" }), deliveredOf);
}

type OnSocket = (error: Error | null, socketOptions: { readonly connection: Socket } | undefined) => void;

/** A connection of our own, so that it can be cut at once: an open one would keep the command from ending. */
function connected(host: string, port: number, signal: AbortSignal, callback: OnSocket): void {
  const socket = connect({ host, port });
  const cut = () => socket.destroy(new Error("no answer before the end of the command"));
  if (signal.aborted) cut();
  signal.addEventListener("abort", cut, { once: true });
  const slow = setTimeout(() => socket.destroy(new Error(`no connection in ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  const failed = (error: Error) => callback(error, undefined);
  socket.once("error", failed);
  socket.once("close", () => clearTimeout(slow));
  socket.once("connect", () => {
    clearTimeout(slow);
    socket.off("error", failed);
    callback(null, { connection: socket });
  });
}

type Login = { readonly auth: { readonly user: string; readonly pass: string } } | { readonly none: true } | Delivered;

function loginOf({ user, password }: ChannelOf<"email">, env: NodeJS.ProcessEnv): Login {
  if (user === undefined && password === undefined) return { none: true };
  if (user === undefined || password === undefined) return { kind: "refused", why: "user and password go together" };
  const [name, word] = [fromEnv(user, env), fromEnv(password, env)];
  if (name === undefined) return unset(user);
  return word === undefined ? unset(password) : { auth: { user: name, pass: word } };
}

/** A 5yz answer and a refused login are for a person to mend; all else may pass by itself. */
function deliveredOf(error: Error & { code?: string; responseCode?: number; response?: string }): Delivered {
  const why = oneLine(error.response ?? error.message, 200);
  const refused = error.code === "EAUTH" || (error.responseCode ?? 0) >= 500;
  return { kind: refused ? "refused" : "down", why };
}
