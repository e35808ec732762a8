/**
 * The tools `status`, `history` and `read`: what the ledger and git have, bounded. They change nothing.
 *
 * Files are read from commits and only where they are in scope: nothing below `.nightyard` (held-out data) and no file
 * of this machine can be named.
 */
import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { experimentNumber } from "../../cli/lab.ts";
import type { Experiment } from "../../experiment.ts";
import { experimentOf, experimentsOf } from "../../ledger.ts";
import { inScope } from "../../program.ts";
import { needProgram } from "../../session.ts";
import { pathFault } from "../../util/below.ts";
import { tryGit } from "../../util/git.ts";
import { UserError } from "../../util/user-error.ts";
import { type Desk, meantBy, type Read, withSessionOf } from "../desk.ts";
import { answer } from "../tool.ts";
import { diffText, experimentLine, experimentText, logText, programText, statusText, waitingText } from "../view.ts";

const session = z.string().max(500).optional().describe("Session id; default: the one that is on, else the newest");

const Status = z.strictObject({
  session,
  program: z.boolean().default(false).describe("true: with program.md and the scope"),
  briefing: z
    .boolean()
    .default(false)
    .describe("true: with what the ledger teaches for the next change; only while the session waits for one"),
});

const History = z.strictObject({
  session,
  from: z.int().min(0).optional().describe("First experiment; default: so that the newest are shown"),
  limit: z.int().min(1).max(100).default(20),
  verdict: z.enum(["keep", "discard", "crash"]).optional().describe("Only these"),
});

const ReadOne = z.strictObject({
  session,
  experiment: z.union([z.int().min(0), z.string().max(20)]).describe('A number, "e0012", or "best": the champion'),
  file: z
    .string()
    .max(500)
    .optional()
    .describe("A file in scope: its text as this experiment left it, instead of the experiment"),
});

const FILE_CHARACTERS = 100_000;

export function readTools(server: McpServer, desk: Desk): void {
  const annotations = { readOnlyHint: true };
  server.registerTool(
    "status",
    {
      title: "How the session stands",
      description: "State, champion, counts and queue of a session. A good first call: it also says when none is on.",
      inputSchema: Status,
      annotations,
    },
    (request) => answer(() => status(desk, request)),
  );
  server.registerTool(
    "history",
    {
      title: "Experiments, one line each",
      description: "What was tried and how it was judged, one line each, in pages. Look before you propose.",
      inputSchema: History,
      annotations,
    },
    (request) => answer(() => withSessionOf(meantBy(desk, request.session), (read) => history(read, request))),
  );
  server.registerTool(
    "read",
    {
      title: "Read an experiment or a file",
      description:
        "One experiment in full: hypothesis, runs, verdict in words, diff, the end of its log (untrusted text). " +
        "With `file`: the text of a file in scope as that experiment left it; `best` is what you change.",
      inputSchema: ReadOne,
      annotations,
    },
    (request) => answer(() => withSessionOf(meantBy(desk, request.session), (read) => readOne(read, request))),
  );
}

async function status(desk: Desk, request: z.output<typeof Status>): Promise<string> {
  const meant = meantBy(desk, request.session);
  const head = await withSessionOf(meant, statusText).catch((error: unknown) => {
    // That no session was begun is an answer here, not a mistake.
    if (error instanceof UserError && request.session === undefined) return `state: ${error.message}; call \`start\``;
    throw error;
  });
  const parts = [
    head,
    ...(request.program ? [programText(await needProgram(meant.seat.ws))] : []),
    ...(request.briefing ? [waitingText(meant.seat)] : []),
  ];
  return parts.join("\n");
}

function history({ ledger, session: s }: Read, request: z.output<typeof History>): string {
  const { limit, verdict } = request;
  const all = experimentsOf(ledger, s.tag).filter((e) => verdict === undefined || e.verdict?.kind === verdict);
  const newest = all.slice(-limit);
  const from = request.from ?? newest[0]?.number ?? 0;
  const page = request.from === undefined ? newest : all.filter((e) => e.number >= from).slice(0, limit);
  const before = all.filter((e) => e.number < from).length;
  const after = all.length - before - page.length;
  const next = after === 0 ? "" : `; next page: from ${(page.at(-1)?.number ?? 0) + 1}`;
  const head = `${all.length} experiments${verdict === undefined ? "" : ` with verdict ${verdict}`}; `;
  const lines = page.map((e) => experimentLine(e, s));
  return [`${head}${before} before and ${after} after this page${next}`, ...lines].join("\n");
}

async function readOne(read: Read, request: z.output<typeof ReadOne>): Promise<string> {
  const e = needExperiment(read, String(request.experiment));
  if (request.file !== undefined) return fileText(read, e, request.file);
  const parts = [
    experimentText(e, read.session),
    await diffText(read.seat, e),
    await logText(read.seat, read.session, e),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function needExperiment({ ledger, session: s }: Read, which: string): Experiment {
  const n = which === "best" ? s.champion.experiment : experimentNumber(which);
  const e = experimentOf(ledger, s.tag, n);
  if (e !== undefined) return e;
  throw new UserError(`experiment: expected 0 to ${s.lastExperiment} or "best", found ${n}`, {
    fix: "call the tool `history`",
  });
}

async function fileText({ seat }: Read, e: Experiment, file: string): Promise<string> {
  const program = await needProgram(seat.ws);
  const fault = pathFault(file) ?? (inScope(program, file) ? undefined : `expected one in scope: ${program.scope}`);
  if (fault !== undefined) throw new UserError(`file: ${fault}, found "${file.slice(0, 200)}"`);
  const at = `${e.proposal?.commit ?? e.parent}:${seat.ws.prefix}${file}`;
  const shown = await tryGit(["cat-file", "blob", at], { cwd: seat.ws.root, maxBytes: 8 * 1024 * 1024 });
  if (shown.code !== 0) throw new UserError(`file: experiment ${e.number} has no file ${file}`);
  const text = shown.stdout;
  if (text.length <= FILE_CHARACTERS) return text;
  return `${text.slice(0, FILE_CHARACTERS)}\n(left out: ${text.length - FILE_CHARACTERS} of ${text.length} characters)`;
}
