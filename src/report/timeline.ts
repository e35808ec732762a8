/** The night as moments, the weightiest of them, and as equal stretches with what each brought. Pure. */
import type { Experiment } from "../experiment.ts";
import { type Session, workedMs } from "../ledger/session.ts";
import type { Happenings } from "./happenings.ts";
import type { Stretch, Timeline } from "./shape.ts";

const MOST_MOMENTS = 40;
const MOST_STRETCHES = 32;
const MINUTES = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440] as const;

export function timelineOf(session: Session, experiments: readonly Experiment[], happenings: Happenings): Timeline {
  const { moments, forgotten } = happenings;
  const heaviest = moments
    .map((moment, i) => ({ moment, i }))
    .sort((a, b) => b.moment.weight - a.moment.weight || a.i - b.i)
    .slice(0, MOST_MOMENTS)
    .sort((a, b) => a.i - b.i);
  const rows = heaviest.map(({ moment: { at, what, text } }) => ({ at, what, text }));
  return {
    moments: { rows, leftOut: moments.length + forgotten - rows.length },
    ...stretchesOf(session, experiments),
  };
}

function stretchesOf(session: Session, experiments: readonly Experiment[]) {
  // An imported record without times: when it was imported says nothing.
  if (session.imported !== undefined && workedMs(session) === 0) return { stretches: [], stretchMinutes: 0 };
  const start = Date.parse(session.startedAt);
  const minutes = (e: Experiment) => (Date.parse(e.closedAt ?? "") - start) / 60_000;
  const judged = experiments.filter((e) => e.number > 0 && e.verdict !== undefined && minutes(e) >= 0);
  const last = judged.reduce((max, e) => Math.max(max, minutes(e)), 0);
  const wanted = MINUTES.find((m) => last / m <= MOST_STRETCHES);
  const stretchMinutes = wanted ?? Math.ceil(last / MOST_STRETCHES / 1440) * 1440;
  const count = judged.length === 0 ? 0 : Math.min(MOST_STRETCHES, Math.floor(last / stretchMinutes) + 1);
  const stretches = Array.from({ length: count }, () => ({ kept: 0, discarded: 0, crashed: 0 }));
  for (const e of judged) {
    const stretch = stretches[Math.min(count - 1, Math.floor(minutes(e) / stretchMinutes))];
    const kind = ({ keep: "kept", discard: "discarded", crash: "crashed" } as const)[e.verdict?.kind ?? "discard"];
    if (stretch !== undefined) stretch[kind] += 1;
  }
  return { stretches: stretches as readonly Stretch[], stretchMinutes };
}
