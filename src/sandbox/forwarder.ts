/**
 * A program of its own, inside a fence without a network: `forwarder <socket> <port> -- <command> [words]`.
 *
 * Listens on 127.0.0.1:<port>, carries every connection to the Unix socket and back, starts the command with its own
 * standard streams and environment, passes signals on, and ends with the command's exit code (128 + n for signal n).
 * Nothing of it is waited for: when it ends, bubblewrap ends what else is in the fence.
 *
 * Imports nothing but Node's own modules, because inside the fence nothing else needs to be there.
 */
import { spawn } from "node:child_process";
import net, { type Socket } from "node:net";
import os from "node:os";

/** As a shell says it: the command is not there, or cannot be run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;
/** As `env` and `timeout` say it: the fault is before the command. */
const OWN_FAULT = 125;

/** Without the debugger's SIGUSR1, and without those of job control, which the terminal sends to the whole group. */
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"] as const;

function main(words: readonly string[]): void {
  const [socket = "", port = "", dashes, command, ...args] = words;
  if (dashes !== "--" || command === undefined || !/^\d{1,5}$/.test(port)) {
    fail("usage: forwarder <socket> <port> -- <command> [words]");
    return;
  }
  const server = net.createServer({ allowHalfOpen: true }, (near) => carry(near, socket));
  server.on("error", (error) => fail(`the way to the gateway could not be opened: ${error.message}`));
  server.listen({ host: "127.0.0.1", port: Number(port) }, () => start(command, args));
}

/** Both directions end on their own: a request may be complete while its reply is still coming. */
function carry(near: Socket, socket: string): void {
  const far = net.connect({ path: socket, allowHalfOpen: true });
  near.on("error", () => far.destroy());
  far.on("error", () => near.destroy());
  near.on("close", () => far.destroy());
  far.on("close", () => near.destroySoon());
  near.pipe(far).pipe(near);
}

function start(command: string, args: readonly string[]): void {
  // Listened for before there is a command: one sent in its first instant must not end the forwarder instead.
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  const child = spawn(command, args, { stdio: "inherit" });
  child.on("error", (error: NodeJS.ErrnoException) => {
    // Once it runs, an error says only that a signal could not be sent: it has just ended.
    if (child.pid !== undefined) return;
    fail(`${command}: ${error.message}`, error.code === "ENOENT" ? NOT_FOUND : NOT_RUNNABLE);
  });
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
  });
}

function fail(text: string, code = OWN_FAULT): void {
  process.stderr.write(`nightyard: ${text}\n`, () => process.exit(code));
}

main(process.argv.slice(2));
