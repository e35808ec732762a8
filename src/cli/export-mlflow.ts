/**
 * `nightyard export --format mlflow`: writes down what is owed to the server, then sends it; `--flush` sends what an
 * earlier export could not. A server that is down ends with 1 and loses nothing.
 */
import { authorizationFrom, type MlflowServer } from "../export/mlflow/client.ts";
import { owe, owedIn } from "../export/mlflow/outbox.ts";
import { type Flushed, flush } from "../export/mlflow.ts";
import { closeLedger, readLedger, sessionOf } from "../ledger.ts";
import { plural } from "../util/format.ts";
import { oneLine } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { type Opened, workspaceForReading } from "./lab.ts";

export interface MlflowOptions {
  readonly mlflowUrl?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Between the tries of one call; then it waits in the outbox. */
const PAUSES = [250, 1000, 3000];

export async function exportToMlflow({ ws, ledger, session }: Opened, options: MlflowOptions): Promise<number> {
  const server = serverOf(options.mlflowUrl ?? process.env.MLFLOW_TRACKING_URI);
  const debt = { version: 1 as const, url: server.url, session: session.tag, next: 0 };
  owe(ws.stateDir, debt);
  return tell(
    [{ url: server.url, session: session.tag, ...(await flush({ ledger, session }, ws.stateDir, debt, server)) }],
    options,
  );
}

/** Everything that is owed, or only to one server where `--mlflow-url` names it. */
export async function flushMlflow(lab: string | undefined, options: MlflowOptions): Promise<number> {
  const ws = await workspaceForReading(lab);
  const only = options.mlflowUrl === undefined ? undefined : serverOf(options.mlflowUrl).url;
  const ledger = readLedger(ws.stateDir);
  const results: Told[] = [];
  try {
    for (const debt of owedIn(ws.stateDir).filter(({ url }) => only === undefined || url === only)) {
      const session = ledger === undefined ? undefined : sessionOf(ledger, debt.session);
      if (ledger === undefined || session === undefined) {
        throw new UserError(`the outbox owes session "${debt.session}", and the ledger has none of that name`);
      }
      const done = await flush({ ledger, session }, ws.stateDir, debt, serverOf(debt.url));
      results.push({ url: debt.url, session: debt.session, ...done });
    }
  } finally {
    if (ledger !== undefined) closeLedger(ledger);
  }
  if (results.length === 0 && options.json !== true) process.stdout.write("nothing is owed\n");
  return tell(results, options);
}

type Told = Flushed & { readonly url: string; readonly session: string };

function tell(results: readonly Told[], { json }: MlflowOptions): number {
  if (json) process.stdout.write(`${JSON.stringify({ version: 1, results })}\n`);
  else for (const result of results) process.stdout.write(`${wordsOf(result)}\n`);
  const bad = results.find((r) => r.kind !== "done");
  if (bad === undefined) return EXIT.ok;
  if (bad.kind === "waits") {
    throw new UserError(`${bad.url}: is down (${bad.why}); what is owed waits in the outbox`, {
      fix: "nightyard export --format mlflow --flush",
      exitCode: EXIT.failed,
    });
  }
  const login = bad.status === 401 || bad.status === 403;
  const fix = login ? "MLFLOW_TRACKING_TOKEN=… nightyard export --format mlflow --flush" : undefined;
  throw new UserError(`${bad.url}: refused (HTTP ${bad.status}): ${bad.why}; what is owed waits in the outbox`, {
    ...(fix === undefined ? {} : { fix }),
    exitCode: login ? EXIT.agentUnavailable : EXIT.failed,
  });
}

function wordsOf(result: Told): string {
  const sent = `${result.url}: session ${result.session}: ${plural(result.sent, "run")} sent`;
  return result.kind === "done" ? `${sent}, ${result.upToDate} up to date` : sent;
}

function serverOf(text: string | undefined): MlflowServer {
  const example = { fix: "nightyard export --format mlflow --mlflow-url http://127.0.0.1:5000" };
  if (text === undefined) throw new UserError("--mlflow-url: missing (and MLFLOW_TRACKING_URI is not set)", example);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new UserError(`--mlflow-url: expected an http or https address, found "${oneLine(text, 100)}"`, example);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UserError("--mlflow-url: an address with a password would be written to the disk", {
      fix: "MLFLOW_TRACKING_USERNAME=… MLFLOW_TRACKING_PASSWORD=… nightyard export --format mlflow …",
    });
  }
  const authorization = authorizationFrom(process.env);
  const open = url.protocol === "http:" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
  if (authorization !== undefined && open) process.stderr.write("! the token goes over http, which others can read\n");
  return { url: `${url.origin}${url.pathname}`.replace(/\/+$/, ""), authorization, pauses: PAUSES };
}
