/** The head of the overview: the sentence, the large numbers, what is going on now, and whether to trust it. */
import { type Experiment, stageOf } from "../../experiment.ts";
import { reportHeadline, trustLine } from "../../headline.ts";
import type { Session } from "../../ledger/session.ts";
import { words } from "../../report/listed.ts";
import type { TrustPoint } from "../../report/shape.ts";
import { dayWords, shareWords, stateWords, timeWords, unbroken } from "../../report/words.ts";
import type { Summary } from "../../summary.ts";
import { clock, experimentName, number, percent, span } from "../../util/format.ts";
import { type Figure, Figures } from "../components/figures.tsx";
import { TrustList } from "../components/trust-list.tsx";
import { pathOf } from "./layout.tsx";

export interface HeadProps {
  readonly lab: string;
  readonly session: Session;
  readonly summary: Summary;
  readonly trust: readonly TrustPoint[];
  readonly state: string;
  /** Experiments without a verdict, when the session runs. */
  readonly open: readonly Experiment[];
  /** Seconds since the last event. */
  readonly sinceEvent: number;
  /** Rows that were read, where that is not all of them yet. */
  readonly reading?: number | undefined;
}

export function Head(props: HeadProps) {
  const { session, summary, state, reading } = props;
  const begun = `begun ${dayWords(session.startedAt)} ${timeWords(session.startedAt, session.startedAt)}`;
  const from = session.imported === undefined ? begun : `imported from ${words(session.imported.file)}`;
  return (
    <>
      <p class="kicker">
        <bdi>{words(props.lab)}</bdi> · session <bdi>{session.tag}</bdi> · <bdi>{from}</bdi> · {stateWords(state)}
      </p>
      <h1>{unbroken(reportHeadline(summary))}</h1>
      {reading === undefined ? null : (
        <p class="reading" role="status">
          Reading the ledger: {reading.toLocaleString("en-US")} of{" "}
          {(session.lastExperiment + 1).toLocaleString("en-US")} experiments. The plot and the table fill while it is
          read.
        </p>
      )}
      <Figures figures={figuresOf(session, summary)} />
      <Now {...props} />
      <details class="trust-box" data-key="trust">
        <summary>
          <strong>Trust it?</strong> <span>{trustLine(summary)}</span>
        </summary>
        <TrustList points={props.trust} />
      </details>
    </>
  );
}

function figuresOf(session: Session, s: Summary): readonly Figure[] {
  const judged = session.counts.keep + session.counts.discard + session.counts.crash;
  return [
    gainFigure(s),
    { name: "kept", value: String(s.kept), detail: `${s.confirmed} confirmed, of ${s.experiments} tried` },
    {
      name: "worked",
      value: s.seconds > 0 ? span(s.seconds) : "unknown",
      detail: s.duty === undefined ? undefined : `duty ${shareWords(s.duty)}`,
    },
    {
      name: "crashed",
      value: shareWords(judged === 0 ? undefined : s.crashed / judged),
      detail: `${s.crashed} of ${judged}`,
    },
    {
      name: "cost",
      value: s.dollars === undefined ? "unknown" : `$${s.dollars.toFixed(2)}`,
      detail: session.unpriced > 0 && s.dollars !== undefined ? "at least" : undefined,
    },
  ];
}

/** Only what fresh runs have proven is drawn as a gain; until then the champion's number, called what it is. */
function gainFigure(s: Summary): Figure {
  const name = `${words(s.metric, 60)}, ${s.goal === "minimize" ? "lower" : "higher"} is better`;
  if (s.fresh?.proven === true) {
    const detail = `${number(s.fresh.baseline)} → ${number(s.fresh.champion)}, ± ${s.fresh.percentHalf.toFixed(2)}`;
    return { name, value: percent(s.fresh.baseline, s.fresh.champion), detail, strong: true };
  }
  const seen = percent(s.baseline, s.best);
  const detail = s.kept === 0 ? "the baseline; nothing better was found" : `${seen} as seen while choosing, not proven`;
  return { name, value: number(s.best ?? s.baseline), detail };
}

function Now({ session, state, open, sinceEvent }: HeadProps) {
  if (state !== "running") return null;
  return (
    <div class="now">
      <span class="pulse" aria-hidden="true" />
      <ul>
        {open.length === 0 ? <li>between two experiments</li> : null}
        {open.slice(0, 8).map((e) => (
          <li>
            <a href={`${pathOf(session.tag)}/e/${e.number}`}>{experimentName(e.number)}</a> {doing(e)}
            {e.proposal === undefined ? null : (
              <>
                {": "}
                <bdi>{words(e.proposal.hypothesis, 120)}</bdi>
              </>
            )}
          </li>
        ))}
      </ul>
      <span class="number small" data-since={Math.round(sinceEvent)}>
        {clock(sinceEvent)}
      </span>
    </div>
  );
}

/** What an open experiment is at, in words. */
export function doing(e: Experiment): string {
  const run = e.runs.at(-1);
  const stage = stageOf(e);
  switch (stage) {
    case "propose":
      return "is being proposed";
    case "gate":
      return "is at its gates";
    case "run":
      return `run ${run?.run} (${run?.role}) is on`;
    case "measure":
      return `run ${run?.run} is being measured`;
    case "judge":
      return "is being judged";
    case "done":
      return `is judged: ${e.verdict?.kind}`;
    default:
      return stage satisfies never;
  }
}
