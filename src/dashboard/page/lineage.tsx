/** Where an experiment comes from and what came of it: its champions back to the baseline, and what started from it. */
import { experimentName, number } from "../../util/format.ts";
import type { Row } from "../board/row.ts";
import { Words } from "../components/text.tsx";
import { VerdictChip } from "./table.tsx";

export interface LineageOf {
  /** From the baseline to the champion that it started from; then itself. */
  readonly line: readonly Row[];
  /** The line was longer: so many in its middle are left out. */
  readonly leftOut: number;
  readonly children: readonly Row[];
  readonly moreChildren: number;
}

const MOST_LINE = 24;
const MOST_CHILDREN = 30;

export function lineageOf(rows: readonly (Row | undefined)[], row: Row): LineageOf {
  const line: Row[] = [row];
  // A number is larger than that of its champion, so this ends; a record that says otherwise ends it too.
  for (let at = row; at.from !== undefined && at.from < at.number; ) {
    const parent = rows[at.from];
    if (parent === undefined) break;
    line.unshift(parent);
    at = parent;
  }
  const all = rows.filter((r) => r !== undefined).filter((r) => r.from === row.number && r.number > row.number);
  const children = all.sort((a, b) => Number(b.kind === "keep") - Number(a.kind === "keep") || b.number - a.number);
  const leftOut = Math.max(0, line.length - MOST_LINE);
  return {
    line: leftOut === 0 ? line : [...line.slice(0, 4), ...line.slice(4 + leftOut)],
    leftOut,
    children: children.slice(0, MOST_CHILDREN),
    moreChildren: Math.max(0, children.length - MOST_CHILDREN),
  };
}

export function Lineage({ base, lineage }: { readonly base: string; readonly lineage: LineageOf }) {
  const { line, leftOut, children, moreChildren } = lineage;
  const self = line.at(-1);
  return (
    <>
      <ol class="line">
        {line.map((row, i) => (
          <li aria-current={row === self ? "true" : undefined}>
            {leftOut > 0 && i === 4 ? <span class="small">{leftOut} champions between</span> : null}
            <LineRow base={base} row={row} />
          </li>
        ))}
      </ol>
      <h3>What started from it</h3>
      {children.length === 0 ? <p class="quiet">{noChildren(self)}</p> : null}
      <ul class="line children">
        {children.map((row) => (
          <li>
            <LineRow base={base} row={row} />
          </li>
        ))}
      </ul>
      {moreChildren === 0 ? null : <p class="more">and {moreChildren} more</p>}
    </>
  );
}

function noChildren(self: Row | undefined): string {
  const isChampion = self?.kind === "keep" || self?.number === 0;
  if (self?.from === undefined && self?.number !== 0) return "The record does not say what started from what.";
  return isChampion ? "Nothing so far." : "Nothing: it did not become champion.";
}

function LineRow({ base, row }: { readonly base: string; readonly row: Row }) {
  return (
    <>
      <a href={`${base}/e/${row.number}`}>{experimentName(row.number)}</a>{" "}
      <VerdictChip kind={row.kind} label={row.label} /> <span class="number">{number(row.metric)}</span>{" "}
      <span class="small">
        <Words text={row.hypothesis} />
      </span>
    </>
  );
}
