/** The addresses of the page. Each is answered from a board or from one experiment of the ledger, and bounded. */
import { type Context, Hono } from "hono";
import type { Child } from "hono/jsx";
import { streamSSE } from "hono/streaming";
import { csvCell } from "../export/text.ts";
import { experimentOf, sessionsOf } from "../ledger.ts";
import { words } from "../report/listed.ts";
import { experimentName } from "../util/format.ts";
import { type Board, rowsOf, summaryOf } from "./board.ts";
import { diffBetween, diffOf, logOf } from "./change.ts";
import type { Access } from "./guard.ts";
import { takeNote } from "./notes.ts";
import { CompareExperiments, CompareSessions, type SessionSide } from "./page/compare.tsx";
import { Diff } from "./page/diff.tsx";
import { ExperimentFacts, ExperimentPage, LogView } from "./page/experiment.tsx";
import { Head } from "./page/head.tsx";
import { type Frame, Layout, pathOf } from "./page/layout.tsx";
import { MachinePart, Overview } from "./page/overview.tsx";
import { ProgramPage, SessionsPage } from "./page/sessions.tsx";
import { ExperimentsTable } from "./page/table.tsx";
import { plotData } from "./plot-data.ts";
import { matching, tableQuery, tableWindow } from "./table.ts";
import { takeTagging } from "./tagging.ts";
import { experimentProps, HappenedPart, headProps, labName, machineOfBoard, sideOf } from "./view.tsx";
import { boardOf, newestTag, type Watch } from "./watch.ts";

const MOST_CSV = 5000;
const MOST_LISTENERS = 64;
const BEAT_MS = 15_000;

export function pages(watch: Watch, access: Access): Hono {
  const app = new Hono();
  app.get("/", (c) => {
    const tag = newestTag(watch);
    return c.redirect(tag === undefined ? "/sessions" : pathOf(tag));
  });
  app.get("/sessions", (c) => {
    const frame = { lab: labName(watch), title: "Sessions", here: "sessions" as const };
    return page(c, frame, <SessionsPage sessions={sessionsOf(watch.ledger)} running={watch.running} />);
  });
  app.get("/compare", (c) => compareSessions(c, watch));
  sessionPages(app, watch, access);
  parts(app, watch);
  experimentPages(app, watch, access);
  return app;
}

function page(c: Context, frame: Frame, content: Child): Response | Promise<Response> {
  return c.html(`<!doctype html>\n${<Layout frame={frame}>{content}</Layout>}`);
}

/** A board of the session that the address names; the answer 404 otherwise. */
function withBoard(c: Context, watch: Watch, use: (board: Board) => Response | Promise<Response>) {
  const board = boardOf(watch, c.req.param("tag") ?? "");
  return board === undefined ? c.text("there is no such session", 404) : use(board);
}

function frameOf(watch: Watch, board: Board, title: string, here?: Frame["here"]): Frame {
  return {
    lab: labName(watch),
    title,
    tag: board.tag,
    running: watch.running === board.tag,
    here,
    version: board.version,
  };
}

function sessionPages(app: Hono, watch: Watch, access: Access): void {
  app.get("/s/:tag", (c) =>
    withBoard(c, watch, async (board) => {
      const write = access.writeToken === undefined ? undefined : { token: access.writeToken };
      const table = tableWindow(rowsOf(board), tableQuery(c.req.query()), board.session.metric.goal);
      const frame = frameOf(watch, board, `${board.tag}, ${board.session.metric.name}`, "overview");
      const happened = await HappenedPart(watch, board);
      const head = headProps(watch, board);
      const machine = machineOfBoard(board);
      return page(c, frame, <Overview {...{ head, table, machine, happened, write }} />);
    }),
  );
  app.get("/s/:tag/program", (c) =>
    withBoard(c, watch, (board) => {
      const { session, night, complete } = board;
      const frame = frameOf(watch, board, `Program of ${session.tag}`, "program");
      return page(c, frame, <ProgramPage session={session} versions={night.programs} complete={complete} />);
    }),
  );
  app.get("/s/:tag/compare", (c) => withBoard(c, watch, (board) => compareTwo(c, watch, board)));
  app.get("/s/:tag/events", (c) => withBoard(c, watch, (board) => events(c, watch, board)));
  app.post("/s/:tag/notes", (c) =>
    withBoard(c, watch, async (board) => {
      const why = await takeNote(watch.ws, access, await c.req.parseBody());
      return why === undefined ? c.redirect(`${pathOf(board.tag)}#happened`, 303) : c.text(why.text, why.status);
    }),
  );
}

function parts(app: Hono, watch: Watch): void {
  const part = (name: string, make: (board: Board, c: Context) => Child | Promise<Child>) =>
    app.get(`/s/:tag/part/${name}`, (c) =>
      withBoard(c, watch, async (board) => {
        const content = await make(board, c);
        return c.html(`${content ?? ""}`);
      }),
    );
  part("head", (board) => <Head {...headProps(watch, board)} />);
  part("machine", (board) => <MachinePart machine={machineOfBoard(board)} />);
  part("happened", (board) => HappenedPart(watch, board));
  part("table", (board, c) => {
    const table = tableWindow(rowsOf(board), tableQuery(c.req.query()), board.session.metric.goal);
    const champion = board.session.champion.experiment;
    return <ExperimentsTable base={pathOf(board.tag)} table={table} champion={champion} />;
  });
  app.get("/s/:tag/plot.json", (c) =>
    withBoard(c, watch, (board) => {
      const { by, from, to } = c.req.query();
      const axis = by === "time" || by === "cost" ? by : "experiment";
      return c.json(plotData(board, { by: axis, from: finite(from), to: finite(to) }));
    }),
  );
  app.get("/s/:tag/experiments.csv", (c) =>
    withBoard(c, watch, (board) => {
      const name = `${board.tag.replace(/[^\w.-]/g, "_")}.csv`;
      const headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": `attachment; filename="${name}"`,
      };
      return c.body(csvOf(board, c.req.query()), 200, headers);
    }),
  );
}

function csvOf(board: Board, params: Record<string, string>): string {
  const rows = matching(rowsOf(board), tableQuery(params), board.session.metric.goal).slice(0, MOST_CSV);
  const lines = rows.map((r) => [
    ...[r.number, r.kind, r.label, r.rule, r.metric, r.measured, r.linesAdded, r.linesRemoved, r.seconds, r.dollars],
    ...[r.agent, r.files, r.tags.join(" "), r.hypothesis],
  ]);
  const head =
    "experiment,verdict,label,rule,metric,runs,lines added,lines removed,seconds,dollars,agent,files,tags,hypothesis";
  return `${[head, ...lines.map((cells) => cells.map(csvCell).join(","))].join("\r\n")}\r\n`;
}

function finite(text: string | undefined): number | undefined {
  const x = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isFinite(x) ? x : undefined;
}

/** "0042", "e42" or "42"; undefined for what is no number of this session. */
function numberIn({ session, tag, ledger }: Board, text: string | undefined): number | undefined {
  const digits = /^e?(\d{1,9})$/i.exec(text?.trim() ?? "")?.[1];
  const n = digits === undefined ? Number.NaN : Number(digits);
  return n <= session.lastExperiment && experimentOf(ledger, tag, n) !== undefined ? n : undefined;
}

function experimentPages(app: Hono, watch: Watch, access: Access): void {
  const one = (path: string, make: (board: Board, n: number, c: Context) => Promise<Response>) =>
    app.get(`/s/:tag/e/:n${path}`, (c) =>
      withBoard(c, watch, (board) => {
        const n = numberIn(board, c.req.param("n"));
        return n === undefined ? c.text("the session has no such experiment", 404) : make(board, n, c);
      }),
    );
  one("", async (board, n, c) => {
    const props = experimentProps(watch, board, n);
    const [diff, log] = await Promise.all([diffOf(watch.ws, props.e), logOf(watch.ws, board.tag, props.e)]);
    const frame = frameOf(watch, board, `${experimentName(n)} ${props.row.hypothesis.slice(0, 60)}`);
    return page(c, frame, <ExperimentPage {...props} diff={diff} log={log} write={access.writeToken} />);
  });
  app.post("/s/:tag/e/:n/tags", (c) =>
    withBoard(c, watch, async (board) => {
      const n = numberIn(board, c.req.param("n"));
      if (n === undefined) return c.text("the session has no such experiment", 404);
      const why = await takeTagging(watch, access, { session: board.tag, experiment: n }, await c.req.parseBody());
      return why === undefined ? c.redirect(`${pathOf(board.tag)}/e/${n}`, 303) : c.text(why.text, why.status);
    }),
  );
  one("/part/facts", async (board, n, c) => c.html(`${<ExperimentFacts {...experimentProps(watch, board, n)} />}`));
  one("/part/diff", async (board, n, c) => {
    const { e } = experimentProps(watch, board, n);
    const empty = n === 0 ? "The baseline changes nothing." : "There is no change to show.";
    return c.html(`${<Diff diff={await diffOf(watch.ws, e)} empty={empty} />}`);
  });
  one("/part/log", async (board, n, c) => {
    const e = experimentOf(watch.ledger, board.tag, n);
    const log = e === undefined ? undefined : await logOf(watch.ws, board.tag, e);
    return c.html(`${<LogView log={log} />}`);
  });
}

async function compareTwo(c: Context, watch: Watch, board: Board): Promise<Response> {
  const last = String(board.session.champion.experiment);
  const asked = [c.req.query("a") ?? "0", c.req.query("b") ?? last].map((text) => words(text, 10));
  const [a, b] = asked.map((text) => sideOf(watch, board, numberIn(board, text)));
  const [from, to] = [a, b].map((side) => side?.e.proposal?.commit ?? board.session.base);
  const both = a !== undefined && b !== undefined && from !== undefined && to !== undefined;
  const diff = both ? await diffBetween(watch.ws, from, to) : { text: "" };
  const { session } = board;
  const props = {
    session,
    a,
    b,
    asked: [asked[0] ?? "", asked[1] ?? ""] as const,
    noise: summaryOf(board).noise,
    diff,
  };
  return page(c, frameOf(watch, board, "Compare", "compare"), <CompareExperiments {...props} />);
}

function compareSessions(c: Context, watch: Watch): Response | Promise<Response> {
  const tags = sessionsOf(watch.ledger)
    .map((s) => s.tag)
    .reverse()
    .slice(0, 500);
  const asked = c.req.query("by");
  const by = asked === "time" || asked === "cost" ? asked : "experiment";
  const [a, b] = [c.req.query("a") ?? tags[1] ?? tags[0], c.req.query("b") ?? tags[0]].map((tag) => {
    const board = boardOf(watch, tag ?? "");
    if (board === undefined) return undefined;
    return {
      session: board.session,
      summary: summaryOf(board),
      complete: board.complete,
      data: plotData(board, { by }),
    } satisfies SessionSide;
  });
  const frame = { lab: labName(watch), title: "Compare sessions", here: "sessions" as const };
  return page(c, frame, <CompareSessions tags={tags} a={a} b={b} by={by} />);
}

/** Says whether the session runs, and when something changed; never what: the page asks for that. */
function events(c: Context, watch: Watch, { tag, version }: Board): Response {
  if (watch.listeners.size >= MOST_LISTENERS) return c.text("too many pages are open", 503);
  return streamSSE(c, async (stream) => {
    const state = () => (watch.running === tag ? "running" : "stopped");
    const send = (event: string, data: string) => void stream.writeSSE({ event, data }).catch(() => undefined);
    const listener = {
      tag,
      tell: () => {
        send("state", state());
        send("changed", "");
      },
    };
    watch.listeners.add(listener);
    const gone = new Promise<void>((resolve) => stream.onAbort(resolve));
    send("state", state());
    if (c.req.query("v") !== String(version)) send("changed", "");
    const beat = setInterval(() => send("state", state()), BEAT_MS);
    await gone;
    clearInterval(beat);
    watch.listeners.delete(listener);
  });
}
