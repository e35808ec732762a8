/**
 * An agent that only waits: its proposals are changes that somebody submits from outside, by the MCP server.
 *
 * A turn takes the change submitted first, makes it in the worktree, and ends; with none there it waits, whatever the
 * turn's timeout says, until one comes, the session is stopped, the inbox is closed (then it is exhausted), or a person
 * hands in a change by another way (`nightyard propose`): then it gives the turn to that one. A change that cannot be
 * made (a diff that does not fit) is answered to whoever submitted it and costs no experiment. The change is then
 * checked, run and judged like that of any other agent. Not covered: remembering submissions over a restart; what
 * became a proposal is in the ledger.
 */
import type { Agent, Answer, Briefing, Turn } from "../agent.ts";
import { oneLine, plainText } from "../util/text.ts";
import { type Change, changeFault, makeChange } from "./inbox/change.ts";

export type { Change } from "./inbox/change.ts";

export interface Submission extends Change {
  readonly hypothesis: string;
  readonly description: string;
  /** For the crashed proposal that is open, not for a new experiment. */
  readonly repair: boolean;
}

/** What became of a submission, as far as the inbox knows; the rest is in the ledger under `experiment`. */
export interface Submitted {
  readonly id: string;
  readonly hypothesis: string;
  readonly repair: boolean;
  state: "waiting" | "taken" | "refused" | "dropped";
  experiment?: number;
  /** The session to which it was submitted. */
  readonly session: string;
  /** Why it was refused or dropped. */
  why?: string;
  /** Forgotten once it is taken or refused. */
  submission?: Submission | undefined;
}

export interface Inbox {
  readonly all: Map<string, Submitted>;
  /** Turns that wait for a change right now. */
  readonly turns: Set<OpenTurn>;
  /** Called after every change of state. */
  readonly watchers: Set<() => void>;
  /** In front of the number in every submission's id. */
  readonly prefix: string;
  /** The session that is on. */
  session: string;
  count: number;
  closed?: string | undefined;
}

/** A turn that waits. */
export interface OpenTurn {
  readonly experiment: number;
  readonly repair: boolean;
  readonly briefing: Briefing;
}

/** So many may wait at once: at 2 MiB each, 64 MiB. */
export const MAX_WAITING = 32;
/** So many are remembered; of older ones only the ledger knows. */
const MAX_REMEMBERED = 1000;

export function openInbox(prefix = "s"): Inbox {
  return { all: new Map(), turns: new Set(), watchers: new Set(), prefix, session: "", count: 0 };
}

/** Takes changes in for a session. */
export function reopenInbox(inbox: Inbox, session: string): void {
  inbox.session = session;
  inbox.closed = undefined;
}

/** Takes a change in; answers its place, or why it is not taken. */
export function submit(inbox: Inbox, submission: Submission): Submitted | string {
  if (inbox.closed !== undefined) return inbox.closed;
  const fault = changeFault(submission);
  if (fault !== undefined) return fault;
  if (waiting(inbox).length >= MAX_WAITING) return `${MAX_WAITING} changes wait already; wait until one is judged`;
  inbox.count += 1;
  const hypothesis = oneLine(submission.hypothesis, 200);
  const id = `${inbox.prefix}${inbox.count}`;
  const { session } = inbox;
  const submitted: Submitted = { id, session, hypothesis, repair: submission.repair, state: "waiting", submission };
  inbox.all.set(submitted.id, submitted);
  for (const id of [...inbox.all.keys()].slice(0, -MAX_REMEMBERED)) inbox.all.delete(id);
  changed(inbox);
  return submitted;
}

/** Those that wait, the first one first. */
export function waiting(inbox: Inbox): readonly Submitted[] {
  return [...inbox.all.values()].filter((s) => s.state === "waiting");
}

/** Takes in nothing more; turns that wait, and later ones, answer that they are exhausted. */
export function closeInbox(inbox: Inbox, why: string): void {
  inbox.closed ??= why;
  changed(inbox);
}

/** The session is over: what still waits will not be looked at. */
export function dropWaiting(inbox: Inbox, why: string): void {
  for (const submitted of waiting(inbox)) end(submitted, "dropped", why);
  changed(inbox);
}

/** The agent that reads this inbox. */
export function inboxAgent(inbox: Inbox): Agent {
  return { name: "inbox", propose: (turn) => propose(inbox, turn) };
}

async function propose(inbox: Inbox, turn: Turn): Promise<Answer> {
  const started = performance.now();
  const usage = () => ({ seconds: (performance.now() - started) / 1000 });
  const { briefing } = turn;
  const open = { experiment: briefing.experiment, repair: briefing.crashLog !== undefined, briefing };
  for (;;) {
    const next = await nextFor(inbox, turn, open);
    if (next === "closed") return { kind: "exhausted", why: inbox.closed ?? "closed", usage: usage() };
    if (next === "person") {
      const why = "a person handed in a change while this agent waited for one";
      return { kind: "noChange", why, elsewhere: true, usage: usage() };
    }
    if (next === "other") {
      return { kind: "noChange", why: "another change was submitted instead of a repair", usage: usage() };
    }
    const answer = await make(inbox, turn, next);
    if (answer !== undefined) return { ...answer, usage: usage() };
  }
}

type Made = { readonly kind: "proposed"; readonly hypothesis: string; readonly description: string };
type Claimed = { readonly submitted: Submitted; readonly submission: Submission };

/** Makes the change; undefined when it was refused and the turn waits for another. */
async function make(inbox: Inbox, turn: Turn, { submitted, submission }: Claimed): Promise<Made | undefined> {
  const isRepairTurn = turn.briefing.crashLog !== undefined;
  const why =
    submission.repair && !isRepairTurn
      ? "there is no crashed proposal to repair any more; submit the whole change without `repair`"
      : await makeChange(turn.dir, submission);
  if (why !== undefined) end(submitted, "refused", why);
  else submitted.experiment = turn.briefing.experiment;
  changed(inbox);
  if (why !== undefined) return undefined;
  const hypothesis = submitted.hypothesis === "" ? "a submitted change" : submitted.hypothesis;
  return { kind: "proposed", hypothesis, description: plainText(submission.description, 2000) };
}

function end(submitted: Submitted, state: Submitted["state"], why: string | undefined): void {
  submitted.state = state;
  submitted.submission = undefined;
  if (why !== undefined) submitted.why = plainText(why, 1000);
}

/** Claims the submission that is next: no other turn gets it. Rejects with the reason of the turn's signal. */
async function nextFor(inbox: Inbox, turn: Turn, open: OpenTurn): Promise<Claimed | "closed" | "other" | "person"> {
  const { signal } = turn;
  const left = new AbortController();
  let person = false;
  inbox.turns.add(open);
  changed(inbox);
  const over = AbortSignal.any([signal, left.signal]);
  void turn.handedIn?.(over).then(() => {
    person = !over.aborted;
    if (person) changed(inbox);
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = nextIn(inbox, open);
      if (next !== undefined) return next === "other" ? next : claim(next);
      if (person) return "person";
      if (inbox.closed !== undefined) return "closed";
      await nextChange(inbox, signal);
    }
  } finally {
    left.abort();
    inbox.turns.delete(open);
  }
}

/**
 * Which submission is for a turn; "other": none is, and one that is for no open turn says that this one is given up.
 */
function nextIn(inbox: Inbox, open: OpenTurn): Submitted | "other" | undefined {
  const queue = waiting(inbox);
  const turns = [...inbox.turns];
  if (open.repair) {
    const othersWait = queue.length > 0 && turns.every((turn) => turn.repair);
    return queue.find((s) => s.repair) ?? (othersWait ? "other" : undefined);
  }
  // A repair for which no turn waits is taken, to be answered.
  return queue.find((s) => !s.repair || turns.every((turn) => !turn.repair));
}

function claim(submitted: Submitted): Claimed {
  const { submission } = submitted;
  if (submission === undefined) throw new Error(`submission ${submitted.id} waits and has no change`);
  end(submitted, "taken", undefined);
  return { submitted, submission };
}

/** Resolves at the next change of the inbox, or when the signal is aborted. */
export function nextChange(inbox: Inbox, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      inbox.watchers.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    inbox.watchers.add(done);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}

/** Tells whoever waits. */
export function changed(inbox: Inbox): void {
  for (const watcher of [...inbox.watchers]) watcher();
}
