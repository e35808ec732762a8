/**
 * The tools `start` and `stop`: a session begins, goes on, or ends. A client chooses limits, nothing else: scope,
 * metric, commands and sandbox are the person's.
 */
import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { needProgram } from "../../session.ts";
import { type Desk, meantBy, seatNamed, sessionId, withSessionOf } from "../desk.ts";
import { type StartRequest, startSitting, stopSitting } from "../seat.ts";
import { answer } from "../tool.ts";
import { programText, statusText } from "../view.ts";

const Start = z.strictObject({
  lab: z.string().max(500).optional().describe("Which lab; needed only when the server drives several"),
  tag: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/)
    .optional()
    .describe("Name of the session to continue or begin; default: the newest unfinished one, else the day"),
  experiments: z.int().min(1).max(100_000).optional().describe("End after so many experiments"),
  seconds: z.int().min(1).max(2_000_000).optional().describe("End after so many seconds of work"),
  confirmRuns: z.int().min(0).max(50).optional().describe("Fresh runs each of baseline and champion at the end"),
});

const Stop = z.strictObject({
  session: z.string().max(500).optional().describe("Session id; default: the one that is on"),
  finish: z
    .boolean()
    .default(false)
    .describe("true: take no more changes, confirm the gain by fresh runs, then end. false: stop now, to be continued"),
});

export function sessionTools(server: McpServer, desk: Desk): void {
  server.registerTool(
    "start",
    {
      title: "Begin or continue a session",
      description:
        "Begins a session on a lab, or continues the unfinished one, and answers its id, the program and the scope. " +
        "The unchanged lab (the baseline) is run first; you may propose at once, changes queue up. " +
        "A session that is on already is shared: its id is answered and its limits hold.",
      inputSchema: Start,
    },
    (request) => answer(() => start(desk, request)),
  );
  server.registerTool(
    "stop",
    {
      title: "Stop the session",
      description: "Ends the session that is on. Nothing that was recorded is lost; `start` continues it.",
      inputSchema: Stop,
    },
    (request) => answer(() => stop(desk, request)),
  );
}

async function start(desk: Desk, request: StartRequest & { readonly lab?: string | undefined }): Promise<string> {
  const seat = seatNamed(desk, request.lab);
  const wasOn = seat.sitting !== undefined;
  const sitting = await startSitting(seat, request);
  const id = sessionId(seat, sitting.tag);
  const other = request.tag !== undefined && request.tag !== sitting.tag;
  const lines = [
    `session: ${id}`,
    ...(wasOn ? ["It was on already; you share it, and its limits hold."] : []),
    ...(other ? [`It is not "${request.tag}": a lab has one session at a time; \`stop\` ends this one.`] : []),
    programText(await needProgram(seat.ws)),
    "Paths are relative to the lab folder. Read the champion's files with `read` (experiment: best, file: …).",
    "Next: `propose` a change, then `wait` for its verdict. Only the harness measures.",
  ];
  return lines.join("\n");
}

async function stop(desk: Desk, request: z.output<typeof Stop>): Promise<string> {
  const { seat, tag } = meantBy(desk, request.session);
  if (seat.sitting === undefined || (tag !== undefined && seat.sitting.tag !== tag)) {
    return `nothing to stop: ${seat.name} has no session on${tag === undefined ? "" : ` of that id (${tag})`}`;
  }
  await stopSitting(seat, request.finish);
  const status = await withSessionOf({ seat, tag }, statusText);
  const word = request.finish
    ? "No more changes are taken; fresh runs confirm the gain, then the session ends. See `status`."
    : "Stopped; nothing is lost. `start` continues it.";
  return `${word}\n${status}`;
}
