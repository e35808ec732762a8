/**
 * `nightyard mcp`: lets an agent drive sessions on the labs named here, over stdio or over HTTP on this machine.
 *
 * Over stdio the server ends with its client: the session is stopped cleanly and can be continued. Over HTTP clients
 * come and go, and the session goes on until it is stopped or this process is told to end. Standard output is for the
 * protocol; everything else goes to standard error.
 */
import { randomBytes } from "node:crypto";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { closeDesk, type Desk, openDesk } from "../mcp/desk.ts";
import { openHttp } from "../mcp/http.ts";
import { mcpServer } from "../mcp.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { chooseSandbox, sandboxMode } from "./sandbox-option.ts";

export interface McpOptions {
  /** Folders of labs; [] means the folder we are in. */
  readonly lab: readonly string[];
  readonly http?: boolean | undefined;
  readonly port?: number | undefined;
  /** Caps of every session, whatever limits a client chooses: experiments, seconds. */
  readonly maxExperiments?: number | undefined;
  readonly maxTime?: number | undefined;
  /** "require" (default), "auto", or false. */
  readonly sandbox?: string | boolean | undefined;
}

/** A client may keep its token: then it is the same at every start. */
const TOKEN_VARIABLE = "NIGHTYARD_MCP_TOKEN";
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

export async function mcpCommand(options: McpOptions): Promise<number> {
  if (options.port !== undefined && options.http !== true) {
    throw new UserError("--port: expected with --http", { fix: `nightyard mcp --http --port ${options.port}` });
  }
  const sandbox = chooseSandbox(sandboxMode(options.sandbox), say);
  // Said by the tool `start`, when nothing has waited for it before.
  sandbox.catch(() => {});
  const { maxExperiments, maxTime } = options;
  const caps = {
    ...(maxExperiments === undefined ? {} : { experiments: maxExperiments }),
    ...(maxTime === undefined ? {} : { seconds: maxTime }),
  };
  const desk = await openDesk(options.lab.length === 0 ? ["."] : options.lab, { sandbox, caps });
  if (options.http === true) await sandbox;
  return options.http === true ? overHttp(desk, options.port ?? 0) : overStdio(desk);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function overStdio(desk: Desk): Promise<number> {
  // A client that is gone can no longer be written to, which must not end us before the session is stopped.
  process.stdout.on("error", () => {});
  const transport = new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: MAX_MESSAGE_BYTES });
  const handle = serveStdio(() => mcpServer(desk), { transport, onerror: (error) => say(`! mcp: ${error.message}`) });
  const gone = new Promise<void>((resolve) => {
    // It closes itself when a message is larger than it takes; then nobody is heard any more.
    const close = transport.close.bind(transport);
    transport.close = () => {
      resolve();
      return close();
    };
    for (const event of ["end", "close", "error"] as const) process.stdin.once(event, () => resolve());
  });
  await Promise.race([gone, signalled()]);
  await closeDesk(desk);
  await handle.close();
  return EXIT.ok;
}

async function overHttp(desk: Desk, port: number): Promise<number> {
  const token = process.env[TOKEN_VARIABLE] ?? randomBytes(32).toString("base64url");
  if (!/^[A-Za-z0-9._~+/-]{32,}=*$/.test(token)) {
    throw new UserError(`${TOKEN_VARIABLE}: expected at least 32 characters of [A-Za-z0-9._~+/-]`, {
      fix: `export ${TOKEN_VARIABLE}="$(openssl rand -hex 32)"`,
    });
  }
  const server = await openHttp(desk, port, token);
  const labs = desk.seats.map((seat) => `${seat.name} (${seat.ws.labDir})`).join(", ");
  process.stdout.write(`url: ${server.url}\ntoken: ${token}\nlabs: ${labs}\n`);
  say("every request needs the header Authorization: Bearer <token>; Ctrl-C stops the session, which can be continued");
  await signalled();
  await closeDesk(desk);
  await server.close();
  return EXIT.ok;
}

/** Resolves at the first signal; the second ends this process at once, and the supervisors end the runs. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    const onSignal = () => {
      count += 1;
      if (count > 1) process.exit(EXIT.interrupted);
      resolve();
    };
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  });
}
