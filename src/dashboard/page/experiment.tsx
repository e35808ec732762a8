/** One experiment in full: hypothesis, verdict in words, metric, runs, gates, guards, change, output, lineage. */
import { describeOutcome, type Experiment, meanMetric, metricsOf, shortCommit } from "../../experiment.ts";
import type { Session } from "../../ledger/session.ts";
import { words } from "../../report/listed.ts";
import { minutesWords, timeWords } from "../../report/words.ts";
import { experimentName, gpuWords, number, percent, plural } from "../../util/format.ts";
import { oneLine, plainText } from "../../util/text.ts";
import { verdictInWords } from "../../verdict-words.ts";
import type { Row } from "../board/row.ts";
import type { DiffText, LogTail } from "../change.ts";
import { Facts } from "../components/facts.tsx";
import { type Figure, Figures } from "../components/figures.tsx";
import { Section } from "../components/section.tsx";
import { Diff } from "./diff.tsx";
import { doing } from "./head.tsx";
import { pathOf } from "./layout.tsx";
import { Lineage, type LineageOf } from "./lineage.tsx";
import { Tags, VerdictChip } from "./table.tsx";

export interface GuardRow {
  readonly text: string;
  readonly value?: number | undefined;
  /** Why it is not within the limit; undefined: it is. */
  readonly broken?: string | undefined;
}

export interface ExperimentProps {
  readonly session: Session;
  readonly e: Experiment;
  readonly row: Row;
  /** The mean of the champion that it started from. */
  readonly parentMetric?: number | undefined;
  readonly noise?: number | undefined;
  readonly guards: readonly GuardRow[];
  readonly lineage: LineageOf;
}

export function ExperimentPage(
  props: ExperimentProps & {
    readonly diff: DiffText;
    readonly log: LogTail | undefined;
    readonly write?: string | undefined;
  },
) {
  const { session, e, diff, log } = props;
  const base = pathOf(session.tag);
  const here = `${base}/e/${e.number}`;
  const empty = e.number === 0 ? "The baseline changes nothing." : "There is no change to show.";
  return (
    <>
      <div data-live={`${here}/part/facts`}>
        <ExperimentFacts {...props} />
      </div>
      {props.write === undefined ? null : <TagForm here={here} token={props.write} />}
      <Section id="change" title="Change">
        <div data-live={`${here}/part/diff`}>
          <Diff diff={diff} empty={empty} />
        </div>
      </Section>
      <Section id="output" title="Output">
        <div data-live={`${here}/part/log`} data-every={e.verdict === undefined ? "1500" : undefined}>
          <LogView log={log} />
        </div>
      </Section>
      <Section id="lineage" title="Lineage">
        <Lineage base={base} lineage={props.lineage} />
        <form class="filter" method="get" action={`${base}/compare`}>
          <input type="hidden" name="a" value={e.number} />
          <label>
            <span>Compare with experiment</span>
            <input
              type="text"
              name="b"
              inputmode="numeric"
              value={e.from ?? session.champion.experiment}
              maxlength={10}
            />
          </label>
          <button type="submit">Compare</button>
        </form>
      </Section>
    </>
  );
}

export function ExperimentFacts({ session, e, row, parentMetric, noise, guards }: ExperimentProps) {
  const p = e.proposal;
  const when = timeWords(e.openedAt, session.startedAt);
  return (
    <>
      <p class="kicker">
        <a href={pathOf(session.tag)}>session {session.tag}</a>
        {" · "}
        <span class="name">{experimentName(e.number)}</span>
        {" · "}
        {when}
        {row.agent === "" ? null : (
          <>
            {" · "}
            <bdi>{row.agent}</bdi>
          </>
        )}
      </p>
      <h1>
        <bdi>{row.hypothesis === "" ? "no proposal yet" : row.hypothesis}</bdi>
      </h1>
      <p class="verdict-line">
        <VerdictChip kind={e.verdict?.kind} label={e.verdict?.label} />{" "}
        <span>{e.verdict === undefined ? doing(e) : words(verdictInWords(e, session), 1200)}</span>
      </p>
      {row.tags.length === 0 ? null : (
        <p class="tags">
          <Tags base={pathOf(session.tag)} tags={row.tags} />
        </p>
      )}
      <Figures figures={figuresOf({ session, e, row, parentMetric, noise })} />
      {p === undefined || p.description === "" ? null : <p class="said pre">{plainText(p.description, 4000)}</p>}
      {p === undefined || p.flags.length === 0 ? null : (
        <p class="flagged">
          <strong>Look closely:</strong> <bdi>{words(p.flags.join("; "), 600)}</bdi>
        </p>
      )}
      <Section id="runs" title="Runs">
        <Runs e={e} />
      </Section>
      <Checks e={e} guards={guards} />
      <VerdictNumbers e={e} />
    </>
  );
}

/** It works without a script: the answer leads back to this page. */
function TagForm({ here, token }: { readonly here: string; readonly token: string }) {
  return (
    <form class="filter" id="tagging" method="post" action={`${here}/tags`}>
      <input type="hidden" name="token" value={token} />
      {(["add", "remove"] as const).map((name) => (
        <label>
          <span>{name === "add" ? "Add tags" : "Take tags off"}</span>
          <input type="text" name={name} maxlength={660} autocapitalize="none" />
        </label>
      ))}
      <button type="submit">Tag</button>
    </form>
  );
}

type FigureInput = Pick<ExperimentProps, "session" | "e" | "row" | "parentMetric" | "noise">;

function figuresOf({ session, e, row, parentMetric, noise }: FigureInput): readonly Figure[] {
  const metric = meanMetric(e);
  const runs = plural(metricsOf(e).length, "run");
  const spread =
    noise === undefined
      ? `mean of ${runs}, noise unknown`
      : `± ${number(Number(noise.toPrecision(3)))} noise of one run, ${runs}`;
  const change = percent(parentMetric, metric);
  return [
    {
      name: words(session.metric.name, 60),
      value: number(metric),
      detail: metric === undefined ? "not measured" : spread,
      strong: e.verdict?.kind === "keep" && e.number > 0,
    },
    { name: "against its champion", value: change === "" ? "–" : change, detail: `${number(parentMetric)} before` },
    {
      name: "lines",
      value: row.linesAdded === undefined ? "–" : `+${row.linesAdded} −${row.linesRemoved ?? 0}`,
      detail: shortCommit(e) === undefined ? undefined : words(shortCommit(e), 20),
    },
    { name: "run time", value: row.seconds === undefined ? "–" : minutesWords(row.seconds) },
    { name: "cost", value: row.dollars === undefined ? "unknown" : `$${row.dollars.toFixed(2)}` },
  ];
}

function Runs({ e }: { readonly e: Experiment }) {
  if (e.runs.length === 0) return <p class="quiet">None so far.</p>;
  return (
    <div class="scrolls">
      {/* biome-ignore lint/a11y/noRedundantRoles: shown as cards it would lose them */}
      <table class="cards" role="table">
        <caption class="hidden">Runs</caption>
        <thead>
          <tr>
            {["Run", "Why", "Metric", "How it ended", "Wall time", "Memory"].map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {e.runs.slice(-100).map((r) => (
            <tr>
              <th scope="row" class="wide">
                {r.run}
                {r.slot === undefined ? null : <span class="small"> slot {r.slot}</span>}
              </th>
              <td data-name="Why">{r.role}</td>
              <td data-name="Metric" class="number">
                {r.measurement?.metric === undefined ? (
                  <span class="small">{words(r.measurement?.why ?? "not measured", 200)}</span>
                ) : (
                  <>
                    <b>{number(r.measurement.metric)}</b> <span class="small">{r.measurement.provenance}</span>
                  </>
                )}
              </td>
              <td data-name="How it ended">
                {r.outcome === undefined ? "is on" : oneLine(describeOutcome(r.outcome), 200)}
              </td>
              <td data-name="Wall time" class="number">
                {r.resources === undefined ? "–" : minutesWords(r.resources.wallSeconds)}
              </td>
              <td data-name="Memory" class="number">
                {r.resources?.peakMemoryMb === undefined ? "–" : `${Math.round(r.resources.peakMemoryMb)} MB`}
                {r.resources?.gpu === undefined ? null : <div class="small">{gpuWords(r.resources.gpu)}</div>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A gate without a receipt did not run, which is not the same as failed. */
function Checks({ e, guards }: Pick<ExperimentProps, "e" | "guards">) {
  const receipts = e.receipts ?? [];
  if (receipts.length + guards.length === 0) return null;
  return (
    <Section id="checks" title="Gates and guards">
      <ul class="checks">
        {receipts.map((r, i) => (
          <li class={r.passed ? "good" : "bad"}>
            <details data-key={`gate-${i}`}>
              <summary>
                <span class={r.passed ? "mark good" : "mark bad"}>{r.passed ? "✓" : "✗"}</span>
                <code>{oneLine(r.command, 300)}</code>
                <span class="small">
                  {r.passed ? "passed" : "FAILED"}, exit {r.exitCode ?? "unknown"}, {r.seconds.toFixed(1)} s
                </span>
              </summary>
              <p class="small">
                receipt over tree <code>{words(r.inputs, 64)}</code>
              </p>
              <pre class="log">{plainText(r.tail, 8000) || "it printed nothing"}</pre>
            </details>
          </li>
        ))}
        {guards.map((g) => (
          <li class={g.broken === undefined ? "good" : "bad"}>
            <span class={g.broken === undefined ? "mark good" : "mark bad"}>{g.broken === undefined ? "✓" : "✗"}</span>
            <code>{words(g.text, 200)}</code>
            <span class="small">{g.broken === undefined ? `found ${number(g.value)}` : words(g.broken, 200)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function VerdictNumbers({ e }: { readonly e: Experiment }) {
  const rows = Object.entries(e.verdict?.numbers ?? {}).slice(0, 40);
  if (rows.length === 0) return null;
  return (
    <details class="numbers" data-key="numbers">
      <summary>
        The numbers that the rule <strong>{words(e.verdict?.rule, 80)}</strong> decided on
      </summary>
      <Facts facts={rows.map(([name, value]) => ({ name: words(name, 60), value: number(value) }))} />
    </details>
  );
}

export function LogView({ log }: { readonly log: LogTail | undefined }) {
  if (log === undefined) return <p class="quiet">No run of it took place here.</p>;
  return (
    <>
      <p class="small">The end of what run {log.run} printed. It is text of the program under study.</p>
      <pre class="log" data-key="log" tabindex={0}>
        {log.text === "" ? "nothing so far" : log.text}
      </pre>
    </>
  );
}
