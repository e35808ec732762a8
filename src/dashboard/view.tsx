/** From a board to what the parts of the page show. */
import { basename } from "node:path";
import type { Child } from "hono/jsx";
import { type Experiment, meanMetric } from "../experiment.ts";
import { experimentOf, lastEventAt } from "../ledger.ts";
import { brokenGuard } from "../plan/guards.ts";
import { type Program, parseProgram } from "../program.ts";
import { programOf } from "../report/input.ts";
import { words } from "../report/listed.ts";
import { machineOf } from "../report/machine.ts";
import type { Machine } from "../report/shape.ts";
import { trustOf } from "../report/trust.ts";
import { waitingIn } from "../spool.ts";
import { happenings } from "./board/night.ts";
import { rowOf } from "./board/row.ts";
import { type Board, type BoardFacts, slims, summaryOf } from "./board.ts";
import type { Side } from "./page/compare.tsx";
import type { ExperimentProps, GuardRow } from "./page/experiment.tsx";
import { HappenedList } from "./page/happened.tsx";
import type { HeadProps } from "./page/head.tsx";
import { pathOf } from "./page/layout.tsx";
import { lineageOf } from "./page/lineage.tsx";
import type { Watch } from "./watch.ts";

export function labName(watch: Watch): string {
  return basename(watch.ws.labDir);
}

export function headProps(watch: Watch, board: Board): HeadProps {
  const { session, tag } = board;
  const running = watch.running === tag;
  const summary = summaryOf(board);
  const open = running ? session.open.map((n) => experimentOf(watch.ledger, tag, n)) : [];
  const last = Date.parse((running ? lastEventAt(watch.ledger, tag) : session.ended?.at) ?? session.startedAt);
  return {
    lab: labName(watch),
    session,
    summary,
    trust: factsOf(board).trust,
    state: running ? "running" : (session.ended?.why ?? "stopped"),
    open: open.filter((e) => e !== undefined),
    sinceEvent: Math.max(0, (Date.now() - last) / 1000),
    reading: board.read < session.lastExperiment + 1 ? board.read : undefined,
  };
}

export function machineOfBoard(board: Board): Machine {
  return factsOf(board).machine;
}

/** Worked out once per version: both look at every row. */
function factsOf(board: Board): BoardFacts {
  const { version, session, facts } = board;
  if (facts?.version === version) return facts;
  const [summary, experiments, happened] = [summaryOf(board), slims(board), happenings(board.night)];
  const trust = trustOf({ session, summary, experiments, happenings: happened, program: programOf(session) });
  board.facts = { version, trust, machine: machineOf(session, summary, experiments, happened) };
  return board.facts;
}

export async function HappenedPart(watch: Watch, board: Board): Promise<Child> {
  const { messages } = await waitingIn(watch.ws.stateDir, "note");
  const waiting = messages.map(({ id, text }) => ({ id, text: words(text, 600) }));
  const { happened } = board.night;
  return <HappenedList {...{ base: pathOf(board.tag), since: board.session.startedAt, happened, waiting }} />;
}

/** An experiment that the ledger has, in full. */
export function experimentProps(watch: Watch, board: Board, n: number): ExperimentProps {
  const e = experimentOf(watch.ledger, board.tag, n);
  if (e === undefined) throw new Error(`the ledger has no experiment ${n} of session ${board.tag}`);
  const row = rowOf(e);
  const parent = e.from === undefined || n === 0 ? undefined : experimentOf(watch.ledger, board.tag, e.from);
  return {
    session: board.session,
    e,
    row,
    parentMetric: parent === undefined ? undefined : meanMetric(parent),
    noise: summaryOf(board).noise,
    guards: guardsOf(programFor(board, e), e),
    lineage: lineageOf(board.rows, row),
  };
}

/** The program that was in force for it; undefined where it cannot be read any more. */
function programFor({ session, night }: Board, e: Experiment): Program | undefined {
  const version = night.programs.find(({ hash }) => hash === e.program);
  if (version === undefined) return programOf(session);
  const parsed = parseProgram(version.text, "program.md", []);
  return parsed.ok ? parsed.program : undefined;
}

/** Each guard by itself; none before there is a run to hold against it. */
function guardsOf(program: Program | undefined, e: Experiment): readonly GuardRow[] {
  const last = e.runs.findLast((run) => run.role === "challenger" && run.measurement?.metric !== undefined);
  if (program === undefined || last === undefined) return [];
  const found: Readonly<Record<string, number | undefined>> = {
    peak_memory_mb: last.resources?.peakMemoryMb,
    wall_seconds: last.resources?.wallSeconds,
    ...last.measurement?.extra,
  };
  return program.guards.map((guard) => ({
    text: guard.text,
    value: found[guard.metric],
    broken: brokenGuard({ ...program, guards: [guard] }, e),
  }));
}

export function sideOf(watch: Watch, board: Board, n: number | undefined): Side | undefined {
  const e = n === undefined ? undefined : experimentOf(watch.ledger, board.tag, n);
  return e === undefined ? undefined : { e, row: rowOf(e) };
}
