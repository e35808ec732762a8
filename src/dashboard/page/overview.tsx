/** The overview of a session: head, plot, table, machine, what happened. The script asks again for what changes. */

import type { Child } from "hono/jsx";
import { words } from "../../report/listed.ts";
import type { Machine } from "../../report/shape.ts";
import { dollarsWords, dutyWords, memoryWords, tokensWords } from "../../report/words.ts";
import { AgentsTable } from "../components/agents-table.tsx";
import { Facts } from "../components/facts.tsx";
import { IdleBars } from "../components/idle-bars.tsx";
import { Section } from "../components/section.tsx";
import type { TableWindow } from "../table.ts";
import { queryText } from "../table.ts";
import { NoteForm, type Write } from "./happened.tsx";
import { Head, type HeadProps } from "./head.tsx";
import { pathOf } from "./layout.tsx";
import { ExperimentsTable, FilterForm } from "./table.tsx";

interface Props {
  readonly head: HeadProps;
  readonly table: TableWindow;
  readonly machine: Machine;
  readonly happened: Child;
  readonly write?: Write | undefined;
}

export function Overview({ head, table, machine, happened, write }: Props) {
  const { session } = head;
  const base = pathOf(session.tag);
  const query = queryText(table.query);
  const better = session.metric.goal === "minimize" ? "lower" : "higher";
  return (
    <>
      <div data-live={`${base}/part/head`}>
        <Head {...head} />
      </div>
      <Section id="plot" title="Progress">
        <Plot metric={`${words(session.metric.name, 60)}, ${better} is better`} />
      </Section>
      <Section id="experiments" title="Experiments">
        <FilterForm base={base} query={table.query} />
        <div id="table" data-live={`${base}/part/table${query === "" ? "" : `?${query}`}`}>
          <ExperimentsTable base={base} table={table} champion={session.champion.experiment} />
        </div>
        <p class="small exports">
          <a href={`${base}/experiments.csv${query === "" ? "" : `?${query}`}`} id="csv">
            What the filter shows as CSV
          </a>
        </p>
      </Section>
      <Section id="machine" title="Cost and machine">
        <div data-live={`${base}/part/machine`}>
          <MachinePart machine={machine} />
        </div>
      </Section>
      <Section id="happened" title="Notes and events">
        {write === undefined ? null : <NoteForm base={base} write={write} />}
        <div data-live={`${base}/part/happened`}>{happened}</div>
      </Section>
    </>
  );
}

const AXES = ["experiment", "time", "cost"] as const;

function Plot({ metric }: { readonly metric: string }) {
  return (
    <figure class="progress">
      <div class="plot-tools">
        <fieldset class="choice" id="plot-by">
          <legend class="hidden">Draw the plot by</legend>
          {AXES.map((axis) => (
            <>
              <input type="radio" name="by" id={`by-${axis}`} value={axis} checked={axis === "experiment"} />
              <label for={`by-${axis}`}>by {axis}</label>
            </>
          ))}
        </fieldset>
        <button type="button" id="zoom-out" hidden>
          Whole session
        </button>
        <span class="plot-metric">
          <bdi>{metric}</bdi>
        </span>
      </div>
      <div
        id="uplot"
        class="uplot-host"
        tabindex={0}
        role="application"
        aria-label="Progress plot"
        aria-describedby="plot-help"
      />
      <p class="hidden" id="plot-help">
        Left and right go from point to point, up and down from kept to kept, Enter opens the experiment, plus and minus
        zoom, Escape shows the whole session.
      </p>
      <p id="plot-said" class="plot-said" aria-live="polite" />
      <figcaption>
        <span>
          <i class="dot-key keep" /> kept
        </span>
        <span>
          <i class="dot-key likely" /> kept, not confirmed
        </span>
        <span>
          <i class="dot-key discard" /> discarded
        </span>
        <span>
          <i class="dot-key crash">×</i> crashed
        </span>
        <span>
          <i class="dot-key band" /> best so far, with the noise of one run
        </span>
        <span id="plot-note" />
      </figcaption>
      <noscript>
        <p>The plot is drawn by this page's script. The table below does without.</p>
      </noscript>
    </figure>
  );
}

export function MachinePart({ machine }: { readonly machine: Machine }) {
  const facts = [
    { name: "dollars", value: dollarsWords(machine) },
    { name: "tokens", value: tokensWords(machine) },
    { name: "duty", value: dutyWords(machine) },
    { name: "peak memory", value: memoryWords(machine) },
  ];
  return (
    <>
      <Facts facts={facts} />
      {machine.idle.length === 0 ? null : <IdleBars machine={machine} />}
      <AgentsTable agents={machine.agents} />
    </>
  );
}
