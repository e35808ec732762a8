/** The table of experiments: a window of them, with the way to the next. On a narrow screen each row is a card. */
import { minutesWords } from "../../report/words.ts";
import { experimentName, number } from "../../util/format.ts";
import type { Row } from "../board/row.ts";
import { Words } from "../components/text.tsx";
import { FILTERS, PAGE, queryText, SORTS, type TableQuery, type TableWindow } from "../table.ts";

const HEAD = ["Experiment", "Verdict", "Metric", "Lines", "Run time", "Cost"] as const;

interface Props {
  readonly base: string;
  readonly table: TableWindow;
  readonly champion: number;
}

export function FilterForm({ base, query }: { readonly base: string; readonly query: TableQuery }) {
  return (
    <form class="filter" id="filter" method="get" action={`${base}#experiments`}>
      <label class="grow">
        <span>Find</span>
        <input
          type="search"
          name="q"
          value={query.q}
          maxlength={200}
          placeholder="hypothesis, file, agent, rule, e0042"
        />
      </label>
      <label>
        <span>Show</span>
        <select name="show">
          {FILTERS.map((f) => (
            <option value={f} selected={f === query.show}>
              {f}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Order</span>
        <select name="sort">
          {SORTS.map((s) => (
            <option value={s} selected={s === query.sort}>
              {s}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Tag</span>
        <input type="text" name="tag" value={query.tag} maxlength={32} autocapitalize="none" placeholder="any" />
      </label>
      <button type="submit">Apply</button>
    </form>
  );
}

export function ExperimentsTable({ base, table, champion }: Props) {
  const { rows, matching, query } = table;
  if (rows.length === 0) return <p class="quiet">No experiment is like that.</p>;
  const decimals = decimalsOf(rows);
  return (
    <>
      {/* biome-ignore lint/a11y/noRedundantRoles: shown as cards it would lose them */}
      <table class="experiments cards" role="table">
        <caption class="hidden">Experiments</caption>
        <thead>
          <tr>
            {HEAD.map((name) => (
              <th scope="col" class={name === "Experiment" || name === "Verdict" ? undefined : "right"}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow base={base} row={row} decimals={decimals} isChampion={row.number === champion} />
          ))}
        </tbody>
      </table>
      <Pager base={base} query={query} matching={matching} />
    </>
  );
}

/** As many decimals as the longest number of a window has, so that they stand under each other; 6 at most. */
function decimalsOf(rows: readonly Row[]): number {
  const texts = rows.map((row) => number(row.metric)).filter((text) => /^-?\d+\.\d+$/.test(text));
  return Math.min(6, Math.max(0, ...texts.map((text) => text.length - text.indexOf(".") - 1)));
}

function aligned(x: number | undefined, decimals: number): string {
  const text = number(x);
  return x === undefined || text.includes("e") ? text : x.toFixed(decimals);
}

interface RowProps {
  readonly base: string;
  readonly row: Row;
  readonly decimals: number;
  readonly isChampion: boolean;
}

function TableRow({ base, row, decimals, isChampion }: RowProps) {
  return (
    <tr class={isChampion ? "champion" : undefined}>
      <th scope="row" class="wide">
        <a class="go" href={`${base}/e/${row.number}`} data-key={`row-${row.number}`}>
          <span class="name">{experimentName(row.number)}</span>
          <span class="what">
            <Words text={row.hypothesis} empty={row.kind === undefined ? "on its way" : "no words"} />
          </span>
        </a>
        <span class="small">
          <bdi>{[row.files, row.agent].filter((text) => text !== "").join(" · ")}</bdi>
          <Tags base={base} tags={row.tags} />
        </span>
      </th>
      <td data-name="Verdict">
        <VerdictChip kind={row.kind} label={row.label} /> {isChampion ? <span class="crown">champion</span> : null}
      </td>
      <td data-name="Metric" class="number right">
        {aligned(row.metric, decimals)}
        {row.measured > 1 ? <span class="small"> of {row.measured} runs</span> : null}
      </td>
      <td data-name="Lines" class={row.linesAdded === undefined ? "number right none" : "number right"}>
        {row.linesAdded === undefined ? "–" : `+${row.linesAdded} −${row.linesRemoved ?? 0}`}
      </td>
      <td data-name="Run time" class={row.seconds === undefined ? "number right none" : "number right"}>
        {row.seconds === undefined ? "–" : minutesWords(row.seconds)}
      </td>
      <td data-name="Cost" class={row.dollars === undefined ? "number right none" : "number right"}>
        {row.dollars === undefined ? "–" : `$${row.dollars.toFixed(2)}`}
      </td>
    </tr>
  );
}

/** Each leads to what else has it. */
export function Tags({ base, tags }: { readonly base: string; readonly tags: readonly string[] }) {
  return (
    <>
      {tags.map((tag) => (
        <a class="tag" href={`${base}?tag=${encodeURIComponent(tag)}#experiments`}>
          #{tag}
        </a>
      ))}
    </>
  );
}

/** Filled for what is sure, hollow for the better bet, so that it can be told without colour. */
export function VerdictChip({ kind, label }: Pick<Row, "kind" | "label">) {
  if (kind === undefined) return <span class="verdict open">open</span>;
  if (kind !== "keep") return <span class={`verdict ${kind}`}>{kind}</span>;
  return (
    <span
      class={label === "likely" ? "label likely" : "verdict keep"}
    >{`keep${label === undefined ? "" : `, ${label}`}`}</span>
  );
}

function Pager({
  base,
  query,
  matching,
}: {
  readonly base: string;
  readonly query: TableQuery;
  readonly matching: number;
}) {
  const { from } = query;
  const link = (to: number) => `${base}?${queryText({ ...query, from: to })}#experiments`;
  const last = Math.floor((matching - 1) / PAGE) * PAGE;
  const steps = [
    ["First", 0, from > 0],
    ["Previous", from - PAGE, from > 0],
    ["Next", from + PAGE, from < last],
    ["Last", last, from < last],
  ] as const;
  const count = (x: number) => x.toLocaleString("en-US");
  return (
    <nav class="pager" aria-label="Windows of the table">
      <span class="number">
        {count(from + 1)}–{count(Math.min(matching, from + PAGE))} of {count(matching)}
      </span>
      {steps.map(([text, to, there]) =>
        there ? (
          <a href={link(to)} data-from={to} data-key={`pager-${text}`}>
            {text}
          </a>
        ) : null,
      )}
    </nav>
  );
}
