/**
 * `nightyard ui`: a web page of a lab's sessions on this machine, live while one runs. It only reads, unless `--write`
 * lets it take notes; on another address than the loopback it asks for the token that is printed here.
 */
import { spawn } from "node:child_process";
import { isIP } from "node:net";
import { isLoopback } from "../dashboard/guard.ts";
import { openDashboard } from "../dashboard.ts";
import { readLedger } from "../ledger.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { workspaceForReading } from "./lab.ts";

export interface UiOptions {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly write?: boolean | undefined;
  readonly open?: boolean | undefined;
  readonly token?: boolean | undefined;
}

const DEFAULT_PORT = 7373;

export async function uiCommand(lab: string | undefined, options: UiOptions): Promise<number> {
  const host = hostOf(options.host ?? "127.0.0.1");
  const ws = await workspaceForReading(lab);
  const ledger = readLedger(ws.stateDir);
  if (ledger === undefined) {
    throw new UserError(`${ws.labDir}: no session was run here yet`, { fix: `nightyard run ${lab ?? "."}` });
  }
  const { port = DEFAULT_PORT, write = false } = options;
  const dashboard = await openDashboard({ ws, ledger, host, port, write, askToken: options.token });
  process.stdout.write(`${dashboard.url}\n`);
  const means = write ? "notes can be left" : "read-only";
  process.stderr.write(`the page of ${ws.labDir}, ${means}; Ctrl-C ends the page and stops no session\n`);
  if (!isLoopback(host))
    process.stderr.write("who has this address with its token sees everything; it is not encrypted\n");
  if (options.open === true) openBrowser(dashboard.url);
  await signalled();
  await dashboard.close();
  return EXIT.ok;
}

function hostOf(host: string): string {
  if (host === "localhost" || isIP(host) !== 0 || /^[a-z0-9][a-z0-9.-]{0,252}$/i.test(host)) return host;
  throw new UserError(`--host: expected an address such as 127.0.0.1, found "${host}"`, {
    fix: "nightyard ui --host 127.0.0.1",
  });
}

/** Where there is none, nothing is opened: the address stands on the terminal. */
function openBrowser(url: string): void {
  const command = process.platform === "darwin" ? "open" : process.platform === "win32" ? "explorer" : "xdg-open";
  const child = spawn(command, [url], { stdio: "ignore", detached: true });
  child.on("error", () => process.stderr.write(`no browser could be opened by ${command}\n`));
  child.unref();
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
  });
}
