/**
 * The web page of a lab: listens, guards, and gives what `dashboard/` makes of the ledger. It only reads, unless it was
 * started to take notes, and those go into the spool like everybody else's.
 *
 * Promises: an answer is bounded whatever the session's size; text of agents, logs and repositories is escaped by the
 * renderer and never run; with the page closed nothing but one look per second is done. Not covered: many people at
 * once, and the world outside: it is one person's page.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { type Context, Hono, type Next } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { HTTPException } from "hono/http-exception";
import { type Access, cookieName, freshToken, HEADERS, isLoopback, refusal, sameToken } from "./dashboard/guard.ts";
import { TokenPage } from "./dashboard/page/sessions.tsx";
import { pages } from "./dashboard/routes.tsx";
import { staticFiles } from "./dashboard/static.ts";
import { endWatch, startWatch, type Watch } from "./dashboard/watch.ts";
import type { Ledger } from "./ledger.ts";
import { UserError } from "./util/user-error.ts";
import type { Workspace } from "./workspace.ts";

export interface DashboardOptions {
  readonly ws: Workspace;
  readonly ledger: Ledger;
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly write: boolean;
  /** Ask for the token on the loopback address too: for a machine that others use. */
  readonly askToken?: boolean | undefined;
}

export interface Dashboard {
  /** With the token behind the "#", where one is needed. */
  readonly url: string;
  readonly access: Access;
  close(): Promise<void>;
}

const MOST_BODY = 16 * 1024;
const A_MONTH = 30 * 24 * 3600;

/** Begins to listen. Throws UserError when the address or the port cannot be had. */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { ws, ledger, host, write } = options;
  const server = createServer();
  const port = await listen(server, host, options.port);
  const access: Access = {
    host,
    port,
    token: isLoopback(host) && options.askToken !== true ? undefined : freshToken(),
    writeToken: write ? freshToken() : undefined,
  };
  const watch = startWatch(ws, ledger);
  const answer = getRequestListener(appOf(watch, access).fetch);
  server.on("request", (request, response) => void answer(request, response));
  const shown = host.includes(":") ? `[${host}]` : host;
  const url = `http://${shown}:${port}/${access.token === undefined ? "" : `#token=${access.token}`}`;
  const close = async () => {
    endWatch(watch);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, access, close };
}

function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "the port is in use" : error.message;
      reject(new UserError(`cannot listen on ${host}, port ${port}: ${why}`, { fix: "nightyard ui --port 0" }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function appOf(watch: Watch, access: Access): Hono {
  const files = staticFiles();
  const app = new Hono();
  app.use(async (c, next) => guard(c, next, access));
  app.use(bodyLimit({ maxSize: MOST_BODY }));
  app.get("/static/:name", (c) => {
    const file = files.get(c.req.param("name"));
    return file === undefined ? c.text("no such file", 404) : c.body(file.text, 200, { "Content-Type": file.type });
  });
  app.post("/login", (c) => login(c, access));
  app.use(async (c, next) => {
    const known = access.token === undefined || sameToken(getCookie(c, cookieName(access)), access.token);
    return known ? next() : c.html(`<!doctype html>${TokenPage()}`, 401);
  });
  app.route("/", pages(watch, access));
  app.notFound((c) => c.text("there is no such page", 404));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    process.stderr.write(`! ui: ${error.stack ?? error.message}\n`);
    return c.text("the page could not be made; the terminal says why", 500);
  });
  return app;
}

async function guard(c: Context, next: Next, access: Access): Promise<Response | undefined> {
  const { req } = c;
  const asked = {
    host: req.header("host"),
    origin: req.header("origin"),
    site: req.header("sec-fetch-site"),
    method: req.method,
  };
  const why = refusal(access, asked);
  if (why === undefined) await next();
  else c.res = c.text(`refused: ${why}`, 403);
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
  return undefined;
}

/** The token becomes a cookie that no script can read and no other site can use. */
async function login(c: Context, access: Access): Promise<Response> {
  const { token } = await c.req.parseBody();
  if (access.token === undefined || typeof token !== "string" || !sameToken(token, access.token)) {
    return c.html(`<!doctype html>${TokenPage()}`, 401);
  }
  setCookie(c, cookieName(access), token, { httpOnly: true, sameSite: "Strict", path: "/", maxAge: A_MONTH });
  return c.redirect("/", 303);
}
