/**
 * `nightyard watch` off a terminal: the latest experiments as plain lines, then each event that matters as it comes,
 * without escape codes, until nobody works on the session any more.
 */
import { setTimeout as delay } from "node:timers/promises";
import { entriesAfter } from "../../ledger/entry.ts";
import { experimentOf, sessionOf } from "../../ledger/read.ts";
import { experimentsWindow, lastSeq } from "../../ledger/windows.ts";
import { plainText } from "../../util/text.ts";
import { type Display, showEvent } from "../display.ts";
import { listLine } from "./lines.ts";
import { isRunning, readStanding, type Source, standingLine, versionOf } from "./source.ts";

const SHOWN = 20;
const POLL_MS = 500;
/** Whether somebody works on it is asked only so often, because asking takes the lock for a moment. */
const ASK_EVERY = 6;

export async function followPlain(source: Source, stream: NodeJS.WriteStream): Promise<void> {
  const { ledger, tag } = source;
  let standing = readStanding(source, isRunning(source));
  let seq = lastSeq(ledger);
  const total = experimentsWindow(ledger, tag, { from: 0, count: 0 }).total;
  const latest = experimentsWindow(ledger, tag, { from: Math.max(0, total - SHOWN), count: SHOWN });
  for (const e of latest.experiments) {
    stream.write(`${listLine(e, standing.session.champion.experiment).text.trimEnd()}\n`);
  }
  stream.write(`${plainText(standingLine(source, standing), 400)}\n`);
  const display: Display = { stream, live: false, budgetSeconds: 0, phase: "", phaseAt: 0, eventAt: 0, runSeconds: 0 };
  for (let polls = 1; standing.running; polls++) {
    await delay(POLL_MS);
    const running = polls % ASK_EVERY === 0 ? isRunning(source) : true;
    if (running && versionOf(source) === standing.version) continue;
    standing = readStanding(source, running);
    seq = showNew(source, display, seq);
    if (standing.session.ended !== undefined || !running) break;
  }
  if (seq !== lastSeq(ledger)) showNew(source, display, seq);
}

function showNew({ ledger, tag }: Source, display: Display, seq: number): number {
  let last = seq;
  for (const entry of entriesAfter(ledger, tag, seq, 10_000)) {
    const { event } = entry;
    const session = sessionOf(ledger, tag);
    const number = "experiment" in event ? event.experiment : undefined;
    const e = number === undefined ? undefined : experimentOf(ledger, tag, number);
    if (session !== undefined) showEvent(display, entry, session, e);
    if (event.type === "session-ended") {
      display.stream.write(`■ ended: ${event.why}: ${plainText(event.detail, 400)}\n`);
    }
    last = entry.seq;
  }
  return last;
}
