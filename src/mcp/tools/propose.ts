/**
 * The tools `propose` and `wait`: a change is handed in, and its verdict waited for.
 *
 * A client says what it changed and why. There is no field for a result: fields that are not listed are refused.
 */
import type { McpServer, ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import { nextChange, type Submitted, submit, waiting } from "../../agents/inbox.ts";
import type { Experiment } from "../../experiment.ts";
import { experimentOf } from "../../ledger.ts";
import { experimentName } from "../../util/format.ts";
import { oneLine } from "../../util/text.ts";
import { UserError } from "../../util/user-error.ts";
import { verdictInWords } from "../../verdict-words.ts";
import { type Desk, type Meant, meantBy, type Read, submissionOf, withSessionOf } from "../desk.ts";
import type { Seat } from "../seat.ts";
import { answer } from "../tool.ts";
import { experimentText, logText, progressText, stateText } from "../view.ts";

const FileText = z
  .strictObject({
    path: z.string().min(1).max(500).describe("Relative to the lab folder"),
    text: z.string().optional().describe("The whole new text of the file"),
    delete: z.literal(true).optional().describe("Instead of text: the file shall be gone"),
  })
  .refine((f) => (f.text === undefined) !== (f.delete === undefined), "expected either `text` or `delete: true`");

const Propose = z.strictObject({
  session: z.string().max(500).optional().describe("Session id; default: the one that is on"),
  hypothesis: z.string().min(1).max(1000).describe("One line: what you changed and why it should help"),
  description: z.string().max(10_000).default("").describe("A few lines more, for whoever reads the record"),
  files: z.array(FileText).max(200).optional().describe("Whole files as they shall be; either this or `diff`"),
  diff: z.string().max(4_000_000).optional().describe("A unified diff against the champion; either this or `files`"),
  repair: z.boolean().default(false).describe("true: mends the proposal that just crashed, on top of its files"),
});

const Wait = z.strictObject({
  id: z.string().max(200).optional().describe("Submission id; default: until the session waits for a change"),
  session: z.string().max(500).optional().describe("Without id: which session; default: the one that is on"),
  seconds: z.number().min(0).max(600).default(60).describe("Answer after so many seconds, whatever the state"),
});

const PROGRESS_MS = 5000;

export function proposeTools(server: McpServer, desk: Desk): void {
  server.registerTool(
    "propose",
    {
      title: "Propose a change",
      description:
        "Hands in one change and answers a submission id at once. The harness checks the scope, runs the gates and " +
        "the lab, measures, and decides; you cannot report a result. " +
        "Changes queue up and each starts from the champion " +
        "of its own moment, so a diff made against an older one may be refused: prefer one change at a time.",
      inputSchema: Propose,
    },
    (request) => answer(() => propose(desk, request)),
  );
  server.registerTool(
    "wait",
    {
      title: "Wait for a verdict",
      description: "Waits until a submission is judged or refused (or its time is over) and answers how it stands.",
      inputSchema: Wait,
      annotations: { readOnlyHint: true },
    },
    (request, context) => answer(() => wait(desk, request, context)),
  );
}

function propose(desk: Desk, request: z.output<typeof Propose>): string {
  const { seat, tag } = meantBy(desk, request.session);
  if (seat.sitting === undefined || (tag !== undefined && tag !== seat.sitting.tag)) {
    throw new UserError(`${seat.name}: that session is not on${seat.last === undefined ? "" : `: ${seat.last}`}`, {
      fix: "call the tool `start`, then propose again",
    });
  }
  const { hypothesis, description, diff, repair } = request;
  const files = request.files?.map(({ path, text }) => ({ path, text }));
  const submitted = submit(seat.inbox, { hypothesis, description, files, diff, repair });
  if (typeof submitted === "string") {
    throw new UserError(`the change is not taken: ${submitted}`, { fix: "mend that and propose again" });
  }
  const before = waiting(seat.inbox).filter((s) => s.id !== submitted.id).length;
  const place = before === 0 ? "It is next." : `${before} wait before it.`;
  return `submission: ${submitted.id}\n${place} Call \`wait\` with id ${submitted.id}.`;
}

interface Look {
  readonly done: boolean;
  /** One line, for progress. */
  readonly state: string;
  readonly text: string;
}

async function wait(desk: Desk, request: z.output<typeof Wait>, context: ServerContext): Promise<string> {
  const end = performance.now() + request.seconds * 1000;
  const progress = { token: context.mcpReq._meta?.progressToken, count: 0 };
  for (;;) {
    const { id, session } = request;
    const seat = id === undefined ? meantBy(desk, session).seat : submissionOf(desk, id).seat;
    // Before the look, so that no change in between is missed.
    const until = new AbortController();
    const gone = context.mcpReq.signal;
    const change = nextChange(seat.inbox, until.signal);
    try {
      const look = id === undefined ? await lookAtSession(meantBy(desk, session)) : await lookAt(desk, id);
      const left = end - performance.now();
      if (look.done || left <= 0 || gone.aborted) return look.text;
      await tell(context, progress, look.state);
      await Promise.race([change, pause(Math.min(left, PROGRESS_MS), AbortSignal.any([until.signal, gone]))]);
    } finally {
      until.abort();
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}

async function tell(
  context: ServerContext,
  progress: { readonly token: string | number | undefined; count: number },
  message: string,
): Promise<void> {
  if (progress.token === undefined) return;
  progress.count += 1;
  const params = { progressToken: progress.token, progress: progress.count, message };
  // A client that has gone away is no fault of ours; its call ends by its signal or its time.
  await context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
}

async function lookAtSession(meant: Meant): Promise<Look> {
  const now = meant.seat.sitting;
  if (now?.isBegun === false) {
    const state = `session ${now.tag}: ${now.phase}`;
    return { done: false, state, text: state };
  }
  return withSessionOf(meant, (read) => {
    const state = stateText(read);
    const { sitting, inbox } = read.seat;
    return { done: sitting === undefined || inbox.turns.size > 0, state, text: `state: ${state}` };
  });
}

async function lookAt(desk: Desk, id: string): Promise<Look> {
  const { seat, submitted } = submissionOf(desk, id);
  if (submitted.state !== "taken" || submitted.experiment === undefined) return lookAtWaiting(seat, submitted);
  const { experiment } = submitted;
  return withSessionOf({ seat, tag: submitted.session }, async (read) => {
    const e = experimentOf(read.ledger, read.session.tag, experiment);
    if (e === undefined) throw new Error(`the ledger has no experiment ${experiment}`);
    return lookAtExperiment(read, submitted, e);
  });
}

function lookAtWaiting(seat: Seat, { id, state, why }: Submitted): Look {
  if (state === "refused") {
    const text = `submission ${id}: refused, no experiment was spent: ${why}`;
    return { done: true, state, text: `${text}\nNext: mend it and \`propose\` again.` };
  }
  if (state === "dropped") {
    return { done: true, state, text: `submission ${id}: not looked at: ${why}\nNext: \`start\`, then propose again.` };
  }
  const before = waiting(seat.inbox).findIndex((s) => s.id === id);
  const text = before <= 0 ? "next to be taken" : `${before} wait before it`;
  return { done: false, state: text, text: `submission ${id}: waiting, ${text}. Call \`wait\` again.` };
}

async function lookAtExperiment(read: Read, submitted: Submitted, e: Experiment): Promise<Look> {
  const { seat, session } = read;
  const head = `submission ${submitted.id}: ${experimentName(e.number)}`;
  if (e.verdict !== undefined) {
    const word = `${head}: ${oneLine(verdictInWords(e, session), 1000)}`;
    return { done: true, state: word, text: `${word}\n\n${experimentText(e, session)}` };
  }
  const crashed = [...seat.inbox.turns].some((turn) => turn.repair && turn.experiment === e.number);
  if (crashed) {
    const log = await logText(seat, session, e);
    const next = "Next: `propose` with repair: true (on top of this change), or another change, which gives this up.";
    return { done: true, state: "crashed", text: `${head}: its run gave no number.\n${log}\n${next}` };
  }
  const state = progressText(e);
  if (seat.sitting?.tag === session.tag) return { done: false, state, text: `${head}: ${state}. Call \`wait\` again.` };
  const goesOn = e.proposal === undefined ? "it was not yet recorded; propose it again" : "`start` goes on with it";
  return { done: true, state, text: `${head}: the session is not on (${seat.last}); ${goesOn}` };
}
