/** Two experiments side by side, or two sessions. */

import type { Child } from "hono/jsx";
import { type Experiment, meanMetric } from "../../experiment.ts";
import { reportHeadline, trustLine } from "../../headline.ts";
import type { Session } from "../../ledger/session.ts";
import { words } from "../../report/listed.ts";
import { minutesWords, shareWords } from "../../report/words.ts";
import type { Summary } from "../../summary.ts";
import { experimentName, number, percent, span } from "../../util/format.ts";
import { verdictInWords } from "../../verdict-words.ts";
import type { Row } from "../board/row.ts";
import type { DiffText } from "../change.ts";
import { Section } from "../components/section.tsx";
import type { Axis, PlotData } from "../plot-data.ts";
import { Diff } from "./diff.tsx";
import { pathOf } from "./layout.tsx";
import { AXES, Overlay } from "./overlay.tsx";
import { VerdictChip } from "./table.tsx";

type Line = readonly [name: string, a: Child, b: Child];

function SideBySide({ heads, lines }: { readonly heads: readonly [Child, Child]; readonly lines: readonly Line[] }) {
  return (
    <table class="side">
      <thead>
        <tr>
          <th scope="col">
            <span class="hidden">What</span>
          </th>
          <th scope="col">{heads[0]}</th>
          <th scope="col">{heads[1]}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(([name, a, b]) => (
          <tr>
            <th scope="row">{name}</th>
            <td>{a}</td>
            <td>{b}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export interface Side {
  readonly e: Experiment;
  readonly row: Row;
}

interface TwoProps {
  readonly session: Session;
  readonly a?: Side | undefined;
  readonly b?: Side | undefined;
  readonly asked: readonly [string, string];
  readonly noise?: number | undefined;
  readonly diff: DiffText;
}

export function CompareExperiments({ session, a, b, asked, noise, diff }: TwoProps) {
  const base = pathOf(session.tag);
  return (
    <>
      <p class="kicker">session {session.tag}</p>
      <h1>Two experiments</h1>
      <form class="filter" method="get" action={`${base}/compare`}>
        {(["a", "b"] as const).map((name, i) => (
          <label>
            <span>{i === 0 ? "Experiment" : "with experiment"}</span>
            <input type="text" name={name} inputmode="numeric" value={asked[i]} maxlength={10} />
          </label>
        ))}
        <button type="submit">Compare</button>
      </form>
      {a === undefined || b === undefined ? (
        <p class="quiet">Expected two experiments of this session, 0 to {session.lastExperiment}.</p>
      ) : (
        <>
          <p class="plain">{differenceWords(session, a, b, noise)}</p>
          <SideBySide
            heads={[<Link base={base} side={a} />, <Link base={base} side={b} />]}
            lines={experimentLines(session, a, b)}
          />
          <Section id="change" title={`From ${experimentName(a.row.number)} to ${experimentName(b.row.number)}`}>
            <Diff diff={diff} empty="The two are the same code." />
          </Section>
        </>
      )}
    </>
  );
}

/** In the unit of the metric and in noise: a difference below it says nothing. */
function differenceWords(session: Session, a: Side, b: Side, noise: number | undefined): string {
  const [x, y] = [meanMetric(a.e), meanMetric(b.e)];
  if (x === undefined || y === undefined) return "One of the two was not measured, so they cannot be compared.";
  const better = session.metric.goal === "minimize" ? y < x : y > x;
  const name = experimentName(b.row.number);
  const change = percent(x, y);
  const said = x === y ? `${name} is exactly as good` : `${name} is ${better ? "better" : "worse"}: ${change}`;
  if (noise === undefined || noise === 0 || x === y) return `${said}.`;
  const se = noise * Math.sqrt(1 / a.row.measured + 1 / b.row.measured);
  const size = Math.abs(y - x) / se;
  const word = size < 2 ? "which is within the noise of their runs" : "more than the noise of their runs explains";
  return `${said}, ${size.toFixed(1)} standard errors, ${word}.`;
}

function Link({ base, side }: { readonly base: string; readonly side: Side }) {
  return <a href={`${base}/e/${side.row.number}`}>{experimentName(side.row.number)}</a>;
}

function experimentLines(session: Session, a: Side, b: Side): readonly Line[] {
  const line = (name: string, of: (side: Side) => Child): Line => [name, of(a), of(b)];
  return [
    line("hypothesis", ({ row }) => <bdi>{row.hypothesis}</bdi>),
    line("verdict", ({ row }) => <VerdictChip kind={row.kind} label={row.label} />),
    line(words(session.metric.name, 40), ({ row }) => <b class="number">{number(row.metric)}</b>),
    line("runs with a number", ({ row }) => String(row.measured)),
    line("lines", ({ row }) => (row.linesAdded === undefined ? "–" : `+${row.linesAdded} −${row.linesRemoved ?? 0}`)),
    line("files", ({ row }) => <bdi>{row.files}</bdi>),
    line("run time", ({ row }) => (row.seconds === undefined ? "–" : minutesWords(row.seconds))),
    line("cost", ({ row }) => (row.dollars === undefined ? "unknown" : `$${row.dollars.toFixed(2)}`)),
    line("agent", ({ row }) => <bdi>{row.agent}</bdi>),
    line("why", ({ e }) => <span class="small">{words(verdictInWords(e, session), 600)}</span>),
  ];
}

export interface SessionSide {
  readonly session: Session;
  readonly summary: Summary;
  readonly complete: boolean;
  readonly data: PlotData;
}

interface SessionsProps {
  readonly tags: readonly string[];
  readonly a?: SessionSide | undefined;
  readonly b?: SessionSide | undefined;
  readonly by: Axis;
}

export function CompareSessions({ tags, a, b, by }: SessionsProps) {
  return (
    <>
      <h1>Two sessions</h1>
      <form class="filter" method="get" action="/compare">
        {[a, b].map((side, i) => (
          <label>
            <span>{i === 0 ? "Session" : "with session"}</span>
            <select name={i === 0 ? "a" : "b"}>
              {tags.map((tag) => (
                <option value={tag} selected={tag === side?.session.tag}>
                  {tag}
                </option>
              ))}
            </select>
          </label>
        ))}
        <label>
          <span>by</span>
          <select name="by">
            {AXES.map((axis) => (
              <option value={axis} selected={axis === by}>
                {axis}
              </option>
            ))}
          </select>
        </label>
        <button type="submit">Compare</button>
      </form>
      {a === undefined || b === undefined ? null : <Both a={a} b={b} by={by} />}
    </>
  );
}

/** Other metrics share no axis: then there is the table alone. */
function Both({ a, b, by }: { readonly a: SessionSide; readonly b: SessionSide; readonly by: Axis }) {
  const alike = a.session.metric.name === b.session.metric.name && a.session.metric.goal === b.session.metric.goal;
  const sides = [a, b].map(({ session, data }) => ({ tag: session.tag, data }));
  return (
    <>
      {alike ? <Overlay by={by} sides={sides} /> : null}
      <SessionTable a={a} b={b} />
    </>
  );
}

function SessionTable({ a, b }: { readonly a: SessionSide; readonly b: SessionSide }) {
  const line = (name: string, of: (side: SessionSide) => Child): Line => [name, of(a), of(b)];
  const head = ({ session }: SessionSide) => <a href={pathOf(session.tag)}>{session.tag}</a>;
  const alike = a.session.metric.name === b.session.metric.name && a.session.metric.goal === b.session.metric.goal;
  const notes = [
    alike ? "" : "They do not measure the same metric, so their numbers cannot be compared.",
    a.session.base === b.session.base ? "" : "They began at different commits.",
    a.session.program.hash === b.session.program.hash ? "" : "Their programs differ.",
    a.complete && b.complete ? "" : "One of them is still being read; load this page again for all of it.",
  ];
  return (
    <>
      <p class="plain">{notes.filter((text) => text !== "").join(" ")}</p>
      <SideBySide
        heads={[head(a), head(b)]}
        lines={[
          line("in a sentence", ({ summary }) => reportHeadline(summary)),
          line("proven gain", ({ summary: { fresh } }) =>
            fresh?.proven === true
              ? `${percent(fresh.baseline, fresh.champion)} ± ${fresh.percentHalf.toFixed(2)}`
              : "none",
          ),
          line("baseline", ({ summary }) => number(summary.baseline)),
          line("champion", ({ summary }) => number(summary.best)),
          line("experiments", ({ summary }) => String(summary.experiments)),
          line("kept", ({ summary }) => `${summary.kept}, ${summary.confirmed} confirmed`),
          line("discarded", ({ summary }) => String(summary.discarded)),
          line("crashed", ({ summary }) => String(summary.crashed)),
          line("worked", ({ summary }) => (summary.seconds > 0 ? span(summary.seconds) : "unknown")),
          line("duty", ({ summary }) => shareWords(summary.duty)),
          line("cost", ({ summary }) => (summary.dollars === undefined ? "unknown" : `$${summary.dollars.toFixed(2)}`)),
          line("agent", ({ session }) => <bdi>{words(session.agent, 80)}</bdi>),
          line("trust it?", ({ summary }) => <span class="small">{trustLine(summary)}</span>),
        ]}
      />
    </>
  );
}
