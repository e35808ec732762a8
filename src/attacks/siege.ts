/**
 * Plays attacks against a copy of a lab by the real loop, one experiment each, and says of each whether it held.
 *
 * The agent is in this process and knows more than an agent would: what the baseline's run left, and its score. Not
 * covered: what an attack of several experiments could do, and languages that no payload is written in.
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Agent, Answer, Turn } from "../agent.ts";
import { readEnd } from "../evaluator.ts";
import type { Experiment } from "../experiment.ts";
import type { Entry } from "../ledger/events.ts";
import { closeLedger, entriesOf, experimentsOf, readLedger } from "../ledger.ts";
import type { Program } from "../program.ts";
import { local } from "../runners/local.ts";
import type { Sandbox } from "../sandbox.ts";
import { sit } from "../session.ts";
import { logFileOf } from "../steps/logs.ts";
import { oneLine, plainText } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { runDirOf } from "../workspace/checkouts.ts";
import type { Workspace } from "../workspace.ts";
import type { Artefact, Attack, Finding, Target } from "./attack.ts";
import { removeStash } from "./stash.ts";
import { artefactsIn, type Found, findTarget, labFiles, lieFor } from "./target.ts";

const TAG = "attack";

export interface Siege {
  readonly ws: Workspace;
  /** As the copy has it. */
  readonly program: Program;
  readonly attacks: readonly Attack[];
  readonly sandbox: Sandbox;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Result {
  readonly attack: Attack;
  readonly outcome: "held" | "let through" | "not applicable";
  /** One line, cleaned. */
  readonly why: string;
  readonly mend?: string | undefined;
  readonly events: readonly string[];
}

/** What the attacker learns on its way. */
interface Knowledge {
  readonly found: Found;
  readonly known: ReadonlySet<string>;
  readonly token: string;
  readonly port: number;
  artefacts: readonly Artefact[];
  seconds: number;
  honest: number | undefined;
  /** Attacks that were played, by the number of their experiment. */
  readonly played: Map<number, { readonly attack: Attack; readonly target: Target }>;
  readonly unfit: Map<Attack, string>;
  readonly alive: Set<number>;
  readonly knocked: Set<number>;
  /** The experiment whose run is on. */
  now: number;
  /** There will be no more news of the baseline. */
  over: boolean;
}

/** Plays all attacks; throws UserError when the unchanged lab gives no number to compare with. */
export async function besiege(siege: Siege): Promise<readonly Result[]> {
  const files = await labFiles(siege.ws);
  const found = await findTarget(siege.ws, siege.program, files);
  const { server, port } = await listen();
  const knowledge: Knowledge = {
    ...{ found, known: new Set(files), token: `nightyard-attack-${randomUUID()}`, port },
    ...{ artefacts: [], seconds: 0, honest: undefined, now: 0, over: false },
    ...{ played: new Map(), unfit: new Map(), alive: new Set<number>(), knocked: new Set<number>() },
  };
  server.on("connection", (socket) => {
    knowledge.knocked.add(knowledge.now);
    socket.destroy();
  });
  try {
    const { ws, sandbox, say, signal } = siege;
    const agent = attacker(siege, knowledge);
    const observe = watcher(siege, knowledge);
    const common = { ws, tag: TAG, agent, runner: local(), sandbox, observe, say, signal };
    const { ending } = await sit({ ...common, limits: {}, confirmRuns: 0, seed: 1 });
    if (ending.why === "baseline")
      throw new UserError(`${ending.detail}`, { exitCode: EXIT.failed, fix: "nightyard doctor" });
    return await judgeAll(siege, knowledge);
  } finally {
    server.close();
    await removeStash(knowledge.token);
  }
}

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a listening socket has a port");
  return { server, port: address.port };
}

/** The agent: one attack for each turn, in order, those that do not fit left out. */
function attacker(siege: Siege, k: Knowledge): Agent {
  const left = [...siege.attacks];
  const usage = { seconds: 0 };
  return {
    name: "attack",
    async propose(turn: Turn): Promise<Answer> {
      // A loop that prepares proposals while the baseline runs must wait here: the attacks build on what it gave.
      while (k.honest === undefined && !k.over && !turn.signal.aborted) await sleep(50);
      for (;;) {
        const attack = left.shift();
        if (attack === undefined) return { kind: "exhausted", why: "all attacks were played", usage };
        const target = targetOf(siege, k, turn.briefing.experiment);
        const unfit = attack.unfit(target);
        if (unfit !== undefined) {
          k.unfit.set(attack, unfit);
          continue;
        }
        const { experiment } = turn.briefing;
        k.played.set(experiment, { attack, target });
        siege.say(`${attack.name}: ${attack.tries}`);
        const said = await attack.play(turn, target);
        return { kind: "proposed", hypothesis: said?.hypothesis ?? attack.tries, description: "", usage };
      }
    },
  };
}

function targetOf(siege: Siege, k: Knowledge, n: number): Target {
  const { program, sandbox } = siege;
  const honest = k.honest ?? 0;
  const { artefacts, seconds, port, token } = k;
  const lie = lieFor(program, honest, n);
  return { ...k.found, program, honest, lie, artefacts, seconds, port, token, fenced: sandbox.kind !== "none" };
}

/** Looks at what the baseline's run left before it is cleared away, and whether a daemon outlived its run. */
function watcher(siege: Siege, k: Knowledge) {
  return ({ event }: Entry, _: unknown, experiment: Experiment | undefined): void => {
    if (event.type === "run-asked") k.now = event.experiment;
    if (event.type === "session-ended" || (event.type === "judged" && event.experiment === 0)) k.over = true;
    if (event.type === "run-ended" && event.experiment === 0) {
      const run = experiment?.runs.find((r) => r.run === event.run);
      k.seconds = event.resources.wallSeconds;
      if (run !== undefined) k.artefacts = artefactsIn(runDirOf(siege.ws, run.job).labDir, k.known);
    }
    if (event.type === "measured" && event.experiment === 0) k.honest ??= event.measurement.metric;
    if (event.type === "measured" && isAlive(`${k.token}-daemon`)) k.alive.add(event.experiment);
  };
}

function isAlive(mark: string): boolean {
  try {
    const args = execFileSync("ps", ["-eo", "args="], { encoding: "utf8", maxBuffer: 64 * 2 ** 20 });
    return args.split("\n").some((line) => line.includes(mark) && !line.includes("ps -eo"));
  } catch {
    return false;
  }
}

async function judgeAll(siege: Siege, k: Knowledge): Promise<readonly Result[]> {
  const ledger = readLedger(siege.ws.stateDir);
  if (ledger === undefined) throw new Error("the session left no ledger");
  try {
    const entries = [...entriesOf(ledger, TAG)];
    const results: Result[] = [];
    for (const experiment of experimentsOf(ledger, TAG)) {
      const played = k.played.get(experiment.number);
      if (played === undefined) continue;
      const events = entries.flatMap(({ event }) =>
        event.type === "integrity" && event.experiment === experiment.number ? [`${event.what}: ${event.detail}`] : [],
      );
      const log = await logsOf(siege, experiment);
      const [alive, knocked] = [k.alive.has(experiment.number), k.knocked.has(experiment.number)];
      const finding = played.attack.judge({ target: played.target, experiment, events, log, alive, knocked });
      results.push(resultOf(played, finding, events));
    }
    return siege.attacks.map((attack) => results.find((r) => r.attack === attack) ?? notPlayed(k, attack));
  } finally {
    closeLedger(ledger);
  }
}

async function logsOf(siege: Siege, experiment: Experiment): Promise<string> {
  const where = { ws: siege.ws, tag: TAG };
  const logs = await Promise.all(experiment.runs.map((run) => readEnd(logFileOf(where, run.job), 1024 * 1024)));
  return plainText(logs.join("\n"), 1024 * 1024);
}

function resultOf(
  { attack, target }: { readonly attack: Attack; readonly target: Target },
  finding: Finding,
  events: readonly string[],
): Result {
  const why = oneLine(finding.why, 400);
  const seen = events.map((event) => oneLine(event, 400));
  if (finding.held === "unknown") return { attack, outcome: "not applicable", why, events: seen };
  if (finding.held) return { attack, outcome: "held", why, events: seen };
  return { attack, outcome: "let through", why, mend: attack.mend(target), events: seen };
}

function notPlayed(k: Knowledge, attack: Attack): Result {
  return { attack, outcome: "not applicable", why: k.unfit.get(attack) ?? "the session ended before it", events: [] };
}
