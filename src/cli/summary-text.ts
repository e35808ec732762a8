/**
 * A session's summary as the lines that `run` ends with and `status` shows.
 */

import { countsLine, headline, trustLine } from "../headline.ts";
import type { Session } from "../ledger/session.ts";
import type { Summary } from "../summary.ts";
import { experimentName } from "../util/format.ts";
import { branchOf } from "../workspace/refs.ts";

export { countsLine, headline, trustLine };

export interface Place {
  readonly labDir: string;
  /** How a person would name the lab on the command line from here. */
  readonly labArgument: string;
  readonly filesDir: string;
}

/** The whole of it: sentence, trust, counts, where things are, what to do next. */
export function summaryText(session: Session, s: Summary, place: Place): string {
  const lab = place.labArgument === "." ? "" : ` ${place.labArgument}`;
  const next = [
    s.kept > 0 ? `nightyard show ${experimentName(s.bestExperiment)}${lab ? ` --lab${lab}` : ""}   # the best one` : "",
    `nightyard log${lab}   # all experiments`,
    `git -C '${place.labDir}' log --oneline ${branchOf(session.tag)}   # the kept commits`,
    `nightyard run${lab} --tag ${session.tag} --experiments ${Math.max(0, session.lastExperiment) + 10}   # ten more`,
  ].filter((line) => line !== "");
  return [
    headline(s),
    `  trust it?  ${trustLine(s)}`,
    `  counts     ${countsLine(s)}`,
    `  branch     ${session.branch} in ${place.labDir}`,
    `  files      ${place.filesDir}: report.html, report.md, results.tsv, progress.svg, progress.png`,
    "Next:",
    ...next.map((line) => `  ${line}`),
  ].join("\n");
}
