/** The head of the report: whose it is, the sentence, and the few large numbers. */
import type { Report } from "../../report/shape.ts";
import { dayWords, shareWords, stateWords, timeWords, unbroken } from "../../report/words.ts";
import { number, percent, span } from "../../util/format.ts";
import { type Figure, Figures } from "./figures.tsx";

export function ReportHead({ report: r }: { readonly report: Report }) {
  const begun = `begun ${dayWords(r.startedAt)} ${timeWords(r.startedAt, r.startedAt)} · ${stateWords(r.state)}`;
  return (
    <header>
      <p class="kicker">
        <bdi>{r.lab}</bdi> · session <bdi>{r.tag}</bdi> ·{" "}
        <bdi>{r.imported === undefined ? begun : `imported from ${r.imported}`}</bdi>
      </p>
      <h1>{unbroken(r.headline)}</h1>
      <Figures figures={figuresOf(r)} />
    </header>
  );
}

function figuresOf(r: Report): readonly Figure[] {
  const { summary: s, pace, machine } = r;
  return [
    gainFigure(r),
    { name: "kept", value: String(s.kept), detail: `${s.confirmed} confirmed, of ${s.experiments} tried` },
    {
      name: "worked",
      value: s.seconds > 0 ? span(s.seconds) : "unknown",
      detail: s.duty === undefined ? undefined : `duty ${shareWords(s.duty)}`,
    },
    { name: "crashed", value: shareWords(pace.crashRate), detail: `${s.crashed} of ${pace.judged}` },
    {
      name: "cost",
      value: machine.dollars === undefined ? "unknown" : `$${machine.dollars.toFixed(2)}`,
      detail: machine.unpriced > 0 && machine.dollars !== undefined ? "at least" : undefined,
    },
  ];
}

/** Only a proven gain is a number here. */
function gainFigure({ summary: s, metric }: Report): Figure {
  const name = `${metric.name}, ${metric.goal === "minimize" ? "lower" : "higher"} is better`;
  if (s.fresh?.proven !== true) {
    const detail = s.kept === 0 ? "nothing better was found" : "no gain proven";
    return { name, value: number(s.fresh?.baseline ?? s.baseline), detail };
  }
  const change = percent(s.fresh.baseline, s.fresh.champion);
  const detail = `${number(s.fresh.baseline)} → ${number(s.fresh.champion)}, ± ${s.fresh.percentHalf.toFixed(2)}`;
  return { name, value: change, detail, strong: true };
}
