/**
 * What of a sitting is told to the person: "needs you" at once, when the agent is paused, something breached integrity
 * or the command ends with an exit code that calls for them; the digest at the end, with the nights that did not
 * take place.
 *
 * Promises: a configuration with a fault is said and stops nothing. A breach that comes again is told once per sitting,
 * and not more than `MAX_NEEDS` messages go out: the digest counts them all.
 */
import { join } from "node:path";
import { reportHeadline, trustLine } from "../headline.ts";
import type { Entry } from "../ledger/events.ts";
import { loadChannels } from "../notify/config-file.ts";
import { notificationOf } from "../notify/notification.ts";
import { closeNotifier, type Notifier, openNotifier, postNotification } from "../notify.ts";
import { markTold, nightLine, untoldNights } from "../schedule.ts";
import { filesDirOf } from "../session-files.ts";
import { NEEDS_YOU } from "../steps/pause.ts";
import type { Summary } from "../summary.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { exists, type Workspace } from "../workspace.ts";
import { workspaceForReading } from "./lab.ts";

const MAX_NEEDS = 10;
/** Of the nights that did not take place. */
const SHOWN_NIGHTS = 5;
/** The end of a sitting waits so long for channels that do not answer; less when a person stopped it. */
const END_MS = 10_000;
const STOPPED_MS = 3_000;

export interface News {
  readonly ws: Workspace;
  readonly tag: string;
  readonly notifier: Notifier;
  readonly told: Set<string>;
  needs: number;
  /** Of the last event seen; 0: none. */
  seq: number;
  say: (text: string) => void;
}

/** Reads the configuration and begins to send what waits from before. */
export async function openNews(ws: Workspace, tag: string, say: (text: string) => void): Promise<News> {
  const channels = await loadChannels(ws.stateDir, process.env)
    .then((configured) => configured.channels)
    .catch((error: Error) => {
      say(`! nobody is notified: ${error.message}`);
      return [];
    });
  const later = { say };
  const notifier = openNotifier({ stateDir: ws.stateDir, channels, env: process.env, say: (text) => later.say(text) });
  return Object.assign(later, { ws, tag, notifier, told: new Set<string>(), needs: 0, seq: 0 });
}

/** One event of the sitting. */
export function noticeEvent(news: News, { seq, at, event }: Entry): void {
  news.seq = seq;
  if (event.type === "noted" && event.what === NEEDS_YOU) tellNeed(news, at, `${seq}`, event.detail);
  if (event.type !== "integrity" || news.told.has(event.what)) return;
  news.told.add(event.what);
  const where = event.experiment === undefined ? "" : ` in experiment ${event.experiment}`;
  tellNeed(news, at, `${seq}`, `integrity: ${event.what}${where}: ${event.detail}`);
}

function tellNeed(news: News, at: string, about: string, detail: string): void {
  if (news.needs >= MAX_NEEDS) return;
  news.needs += 1;
  const { labDir } = news.ws;
  const lines = [detail, `nightyard status '${labDir}'`];
  const told = {
    kind: "needs-you" as const,
    at,
    lab: labDir,
    session: news.tag || undefined,
    about,
    title: "needs you",
    lines,
  };
  postNotification(news.notifier, notificationOf(told));
}

/** The digest, and "needs you" for an exit code that calls for a person and that no event has told of. */
export async function noticeEnd(
  news: News,
  ended: { readonly summary: Summary } | undefined,
  why: string,
  code: number,
): Promise<void> {
  news.say = toStderr;
  if (ended === undefined || news.seq === 0) return;
  const { ws, tag, notifier } = news;
  const at = new Date().toISOString();
  if (isCall(code) && news.needs === 0) tellNeed(news, at, `exit ${news.seq}`, why);
  const { summary } = ended;
  const nights = untoldNights(ws.stateDir, new Date());
  const lines = [
    reportHeadline(summary),
    trustLine(summary),
    `ended: ${why} (exit code ${code})`,
    ...nights.slice(-SHOWN_NIGHTS).map(nightLine),
    nights.length > SHOWN_NIGHTS ? `and ${nights.length - SHOWN_NIGHTS} nights before: nightyard schedule list` : "",
  ];
  const report = join(filesDirOf(ws, tag), "report.html");
  const title = summary.kept === 0 ? "nothing kept" : `${summary.kept} kept, ${summary.confirmed} confirmed`;
  const about = `digest ${news.seq}`;
  postNotification(
    notifier,
    notificationOf({ kind: "digest", at, lab: ws.labDir, session: tag, about, title, lines, report }),
  );
  if (notifier.channels.some((c) => c.send.includes("digest"))) markTold(ws.stateDir, nights);
  await closeNotifier(notifier, code === EXIT.interrupted ? STOPPED_MS : END_MS);
}

/** Lets go; after `noticeEnd` there is nothing left to wait for. */
export async function closeNews(news: News): Promise<void> {
  news.say = toStderr;
  await closeNotifier(news.notifier, STOPPED_MS);
}

/** A command that failed before or in a sitting: told when only a person can mend it. Fails nothing itself. */
export async function noticeFailure(lab: string, tag: string | undefined, error: unknown): Promise<void> {
  if (!(error instanceof UserError) || !isCall(error.exitCode)) return;
  const ws = await workspaceForReading(lab).catch(() => undefined);
  if (ws === undefined || !(await exists(ws.stateDir))) return;
  const news = await openNews(ws, tag ?? "", toStderr);
  const at = new Date().toISOString();
  tellNeed(news, at, `error ${at}`, error.fix === undefined ? error.message : `${error.message} Fix: ${error.fix}`);
  await closeNotifier(news.notifier, END_MS);
}

function toStderr(text: string): void {
  process.stderr.write(`${text}\n`);
}

function isCall(code: number): boolean {
  return code === EXIT.needsYou || code === EXIT.agentUnavailable || code === EXIT.integrity;
}
