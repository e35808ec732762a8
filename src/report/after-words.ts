/**
 * What was done after a night, in a sentence: which changes were finalized in which branch with which gain measured
 * again, which no longer pay, what transfers. Pure; branch names and reasons are untrusted and come out on one line.
 */
import type { SessionEvent } from "../ledger/events.ts";
import { experimentName, number } from "../util/format.ts";
import { words } from "./listed.ts";

export type AfterEvent = Extract<SessionEvent, { type: "finalized" | "ablated" | "promoted" }>;

const MOST = 8;

export function afterWords(event: AfterEvent): string {
  switch (event.type) {
    case "finalized":
      return `finalized: ${some(event.branches.map(branchWords))}${differs(event.difference.length)}`;
    case "ablated":
      return `left out one at a time: ${some(event.without.map(withoutWords))}`;
    case "promoted":
      return `at other scales: ${some(event.scales.map((s) => `${words(s.name, 40)} ${paid(s.payment)}`))}`;
    default:
      return event satisfies never;
  }
}

type Paid = Extract<AfterEvent, { type: "promoted" }>["scales"][number]["payment"];

/** The gain in score units, positive is better, with its 95 % interval. */
function paid(payment: Paid | undefined): string {
  if (payment === undefined) return "not measured";
  const { word, gain } = payment;
  if (gain === undefined) return word;
  const short = (x: number) => number(Number(x.toPrecision(3)));
  return `${word} (gain ${short(gain.gain)}, ${short(gain.lo)} … ${short(gain.hi)})`;
}

function branchWords(b: Extract<AfterEvent, { type: "finalized" }>["branches"][number]): string {
  const from = b.experiments.map(experimentName).slice(0, MOST).join("+");
  if (b.failed !== undefined) return `${from} has no branch: ${words(b.failed, 80)}`;
  return `${from} as ${words(b.branch, 80)}, ${paid(b.payment)}`;
}

function withoutWords(w: Extract<AfterEvent, { type: "ablated" }>["without"][number]): string {
  const said = w.payment === undefined && w.why !== undefined ? words(w.why, 80) : paid(w.payment);
  return `${experimentName(w.change)} ${said}`;
}

function differs(paths: number): string {
  return paths === 0 ? "" : `; together they differ from the champion in ${paths} files`;
}

function some(texts: readonly string[]): string {
  if (texts.length === 0) return "nothing";
  const more = texts.length > MOST ? ` and ${texts.length - MOST} more` : "";
  return `${texts.slice(0, MOST).join("; ")}${more}`;
}
