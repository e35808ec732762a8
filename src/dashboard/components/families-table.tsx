/** What did not work: the rules that decided, and families with their nearest miss. */
import type { Failed, FailedFamily } from "../../report/shape.ts";
import { moreWords } from "../../report/words.ts";
import { number } from "../../util/format.ts";
import { Bar } from "./bar.tsx";
import { More, Name, Words } from "./text.tsx";

export function RuleCounts({ rules }: { readonly rules: Failed["rules"] }) {
  return (
    <ul class="counts">
      {rules.map(({ rule, count }) => (
        <li>
          <b>{count}</b> <bdi>{rule}</bdi>
        </li>
      ))}
    </ul>
  );
}

export function FamiliesTable({ families }: { readonly families: Failed["families"] }) {
  const most = families.rows.reduce((max, f) => Math.max(max, f.tries), 1);
  return (
    <>
      {/* biome-ignore lint/a11y/noRedundantRoles: shown as cards it would lose them */}
      <table class="families cards" role="table">
        <caption class="hidden">Families of what was not kept</caption>
        <thead>
          <tr>
            <th scope="col">Family</th>
            <th scope="col">Not kept</th>
            <th scope="col">Crashed</th>
            <th scope="col">Kept</th>
            <th scope="col">Nearest miss</th>
          </tr>
        </thead>
        <tbody>
          {families.rows.map((f) => (
            <FamilyRow family={f} most={most} />
          ))}
        </tbody>
      </table>
      <More text={moreWords(families.leftOut)} />
    </>
  );
}

function FamilyRow({ family: f, most }: { readonly family: FailedFamily; readonly most: number }) {
  return (
    <tr>
      <th scope="row" class="wide">
        <bdi>{f.name}</bdi> {f.kind === "other" ? null : <span class="small">{f.kind}</span>}
      </th>
      <td data-name="Not kept" class="number bar-cell">
        <Bar share={f.tries / most} /> {f.tries}
      </td>
      <td data-name="Crashed" class="number">
        {f.crashed}
      </td>
      <td data-name="Kept" class="number">
        {f.kept}
      </td>
      <td data-name="Nearest miss" class="said">
        {f.nearest === undefined ? (
          "–"
        ) : (
          <>
            <Name experiment={f.nearest.experiment} /> <b class="tabular">{number(f.nearest.metric)}</b>{" "}
            <Words text={f.nearest.hypothesis} />
          </>
        )}
      </td>
    </tr>
  );
}
