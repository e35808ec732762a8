/**
 * All labs that one server may drive. They are fixed when it is started: no client can name another folder.
 */
import { basename } from "node:path";
import type { Submitted } from "../agents/inbox.ts";
import { workspaceForRun } from "../cli/lab.ts";
import type { Session } from "../ledger/session.ts";
import { type Ledger, sessionOf, sessionsOf } from "../ledger.ts";
import { UserError } from "../util/user-error.ts";
import type { Workspace } from "../workspace.ts";
import { makeSeat, type Seat, stopSitting, type Terms, withLedger } from "./seat.ts";

export interface Desk {
  readonly seats: readonly Seat[];
}

/** Opens the labs given on the command line; throws UserError for one that is none. */
export async function openDesk(labs: readonly string[], terms: Terms): Promise<Desk> {
  const spaces: Workspace[] = [];
  for (const lab of labs) {
    const ws = await workspaceForRun(lab);
    if (spaces.every((other) => other.labDir !== ws.labDir)) spaces.push(ws);
  }
  const names = spaces.map((ws, at) => nameOf(ws, spaces.slice(0, at)));
  const alone = spaces.length === 1;
  return { seats: spaces.map((ws, at) => makeSeat(names[at] ?? "", ws, terms, alone ? "s" : `${names[at]}-s`)) };
}

function nameOf(ws: Workspace, before: readonly Workspace[]): string {
  const name = basename(ws.labDir).replace(/[^A-Za-z0-9._-]/g, "-");
  const same = before.filter((other) => basename(other.labDir) === basename(ws.labDir)).length;
  return same === 0 ? name : `${name}-${same + 1}`;
}

/** Ends every sitting; what was recorded is continued by the next start. */
export async function closeDesk(desk: Desk): Promise<void> {
  for (const seat of desk.seats) seat.closed = true;
  await Promise.all(desk.seats.map((seat) => stopSitting(seat, false)));
}

/** The lab of that name; without one the only lab, or the only one with a session on. */
export function seatNamed(desk: Desk, lab: string | undefined): Seat {
  if (lab !== undefined) {
    const seat = desk.seats.find((s) => s.name === lab || s.ws.labDir === lab);
    if (seat !== undefined) return seat;
    throw new UserError(`lab: expected one of ${namesOf(desk)}, found "${lab.slice(0, 80)}"`);
  }
  const on = desk.seats.filter((s) => s.sitting !== undefined);
  const [only, ...others] = desk.seats.length === 1 ? desk.seats : on;
  if (only !== undefined && others.length === 0) return only;
  throw new UserError(`lab: expected one of ${namesOf(desk)}, found none`);
}

function namesOf(desk: Desk): string {
  return desk.seats.map((seat) => seat.name).join(", ");
}

/** "toy/nov25": the id of a session for clients. */
export function sessionId(seat: Seat, tag: string): string {
  return `${seat.name}/${tag}`;
}

export interface Meant {
  readonly seat: Seat;
  /** Undefined: the newest session of the lab. */
  readonly tag: string | undefined;
}

/** The lab and the session that an id means; without one the lab's session that is on, else its newest. */
export function meantBy(desk: Desk, id: string | undefined): Meant {
  if (id === undefined) {
    const seat = seatNamed(desk, undefined);
    return { seat, tag: seat.sitting?.tag ?? seat.tag };
  }
  const slash = id.indexOf("/");
  const seat = seatNamed(desk, slash < 0 ? undefined : id.slice(0, slash));
  return { seat, tag: slash < 0 ? id : id.slice(slash + 1) };
}

export interface Read {
  readonly seat: Seat;
  readonly ledger: Ledger;
  readonly session: Session;
}

/** Uses the ledger on the session that is meant; throws UserError when there is none. */
export async function withSessionOf<T>(meant: Meant, use: (read: Read) => T | Promise<T>): Promise<T> {
  const { seat, tag } = meant;
  const none = new UserError(`${seat.name}: no session was begun here yet`, { fix: "call the tool `start`" });
  const result = await withLedger(seat.ws, async (ledger) => {
    const session = tag === undefined ? sessionsOf(ledger).at(-1) : sessionOf(ledger, tag);
    if (session !== undefined) return { value: await use({ seat, ledger, session }) };
    const known = sessionsOf(ledger).map((s) => sessionId(seat, s.tag));
    if (known.length === 0) throw none;
    throw new UserError(`session: expected one of ${known.join(", ")}, found "${String(tag).slice(0, 80)}"`);
  });
  if (result === undefined) throw none;
  return result.value;
}

/** A submission by its id; throws UserError when this server knows none of that id. */
export function submissionOf(desk: Desk, id: string): { readonly seat: Seat; readonly submitted: Submitted } {
  for (const seat of desk.seats) {
    const submitted = seat.inbox.all.get(id);
    if (submitted !== undefined) return { seat, submitted };
  }
  throw new UserError(`id: this server knows no submission "${id.slice(0, 80)}" (after a restart: see \`history\`)`, {
    fix: "call the tool `history`",
  });
}
