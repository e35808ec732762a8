/** The parts of the report below its head, in the order in which they are read. */
import type { Report } from "../../report/shape.ts";
import {
  dollarsWords,
  droughtWords,
  dutyWords,
  gainPerHourWords,
  gpuFact,
  memoryWords,
  PARTS,
  shareWords,
  tokensWords,
} from "../../report/words.ts";
import { AgentsTable } from "./agents-table.tsx";
import { CommandList } from "./command-list.tsx";
import { DiffView } from "./diff-view.tsx";
import { Facts } from "./facts.tsx";
import { FamiliesTable, RuleCounts } from "./families-table.tsx";
import { HitsTable } from "./hits-table.tsx";
import { IdleBars } from "./idle-bars.tsx";
import { LookList } from "./look-list.tsx";
import { Moments, Stretches } from "./night.tsx";
import { PlotFigure, type Plots } from "./plot-figure.tsx";
import { Section } from "./section.tsx";
import { TrustList } from "./trust-list.tsx";

type Props = { readonly report: Report };

export function ReportBody({ report: r, plots }: Props & { readonly plots: Plots }) {
  return (
    <>
      <Section id="trust" title={PARTS.trust}>
        <TrustList points={r.trust} />
      </Section>
      <Section id="plot" title={PARTS.plot}>
        <PlotFigure {...plots} alt={r.plot.alt} />
      </Section>
      <Gained report={r} />
      <Section id="look" title={PARTS.look}>
        <LookList look={r.look} />
      </Section>
      <NotKept report={r} />
      <PaceSection report={r} />
      <MachineSection report={r} />
      <Section id="timeline" title={PARTS.timeline}>
        <Stretches timeline={r.timeline} since={r.startedAt} />
        <Moments timeline={r.timeline} since={r.startedAt} />
      </Section>
      <NextSection report={r} />
      <Section id="reproduce" title={PARTS.reproduce}>
        <Facts facts={r.reproduce.facts} mono />
        <CommandList commands={r.reproduce.commands} />
      </Section>
      <Section id="commands" title={PARTS.commands} note="From the folder in which this report was made.">
        <CommandList commands={r.commands} />
      </Section>
    </>
  );
}

function Gained({ report: r }: Props) {
  const nothing = r.hits.rows.length + r.simplifications.rows.length === 0;
  return (
    <Section id="hits" title={PARTS.hits}>
      {nothing ? <p>Nothing was kept.</p> : null}
      {r.hits.rows.length > 0 ? (
        <HitsTable
          hits={r.hits}
          caption="Kept for the metric, as seen while choosing; confirmed: better with 95 % certainty"
        />
      ) : null}
      {r.simplifications.rows.length > 0 ? (
        <HitsTable hits={r.simplifications} caption="Kept for being simpler" />
      ) : null}
    </Section>
  );
}

function NotKept({ report: r }: Props) {
  const { families, rules, notGrouped } = r.failed;
  const older = notGrouped === 0 ? null : <p class="more">The {notGrouped} oldest experiments are not grouped.</p>;
  return (
    <Section id="failed" title={PARTS.failed}>
      {rules.length === 0 ? (
        <p>Everything that was tried was kept, or nothing was tried.</p>
      ) : (
        <RuleCounts rules={rules} />
      )}
      {families.rows.length === 0 ? null : <FamiliesTable families={families} />}
      {older}
    </Section>
  );
}

function PaceSection({ report: { pace } }: Props) {
  const facts = [
    { name: "kept", value: shareWords(pace.keepRate) },
    { name: "crashed", value: shareWords(pace.crashRate) },
    { name: "duplicates", value: shareWords(pace.duplicateRate) },
    { name: "longest drought", value: droughtWords(pace) },
    { name: "gain per hour", value: gainPerHourWords(pace) },
  ];
  return (
    <Section id="pace" title={PARTS.pace}>
      <p class={pace.flat ? "plain flat" : "plain"}>{pace.verdict}</p>
      <Facts facts={facts} />
    </Section>
  );
}

function MachineSection({ report: { machine } }: Props) {
  const facts = [
    { name: "dollars", value: dollarsWords(machine) },
    { name: "tokens", value: tokensWords(machine) },
    { name: "duty", value: dutyWords(machine) },
    { name: "peak memory", value: memoryWords(machine) },
    ...(machine.gpu === undefined ? [] : [{ name: "GPU", value: gpuFact(machine.gpu) }]),
  ];
  return (
    <Section id="machine" title={PARTS.machine}>
      <Facts facts={facts} />
      {machine.idle.length === 0 ? null : <IdleBars machine={machine} />}
      <AgentsTable agents={machine.agents} />
      {machine.hardware.length === 0 ? null : <h3>Hardware</h3>}
      <Facts facts={machine.hardware} />
    </Section>
  );
}

function NextSection({ report: { next } }: Props) {
  return (
    <Section id="next" title={PARTS.next}>
      {next.ideas.length === 0 ? <p>Nothing in particular.</p> : null}
      <ul class="ideas">
        {next.ideas.map((idea) => (
          <li>
            <bdi>{idea.text}</bdi>
            <span class="small">{idea.why}</span>
          </li>
        ))}
      </ul>
      {next.programDiff === undefined ? null : (
        <>
          <h3>A suggested edit of program.md, not applied</h3>
          <DiffView diff={next.programDiff} name="Suggested edit of program.md" />
        </>
      )}
    </Section>
  );
}
