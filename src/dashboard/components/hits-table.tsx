/** Kept experiments, one row each. On a narrow screen each row becomes a card. */
import type { Hit, Listed } from "../../report/shape.ts";
import { deltaWords, intervalWords, labelWords, linesWords, moreWords } from "../../report/words.ts";
import { IntervalBar, scaleOf } from "./interval-bar.tsx";
import { Command, More, Name, Words } from "./text.tsx";

const HEAD = ["Change", "Delta", "95 % interval", "Re-test", "Lines"] as const;

export function HitsTable({ hits, caption }: { readonly hits: Listed<Hit>; readonly caption: string }) {
  const scale = scaleOf(hits.rows.flatMap((h) => (h.delta === undefined ? [] : [{ ...h, delta: h.delta }])));
  return (
    <>
      {/* biome-ignore lint/a11y/noRedundantRoles: shown as cards it would lose them */}
      <table class="hits cards" role="table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            {HEAD.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hits.rows.map((hit) => (
            <HitRow hit={hit} scale={scale} />
          ))}
        </tbody>
      </table>
      <More text={moreWords(hits.leftOut)} />
    </>
  );
}

function HitRow({ hit, scale }: { readonly hit: Hit; readonly scale: readonly [number, number] }) {
  const { delta } = hit;
  return (
    <tr>
      <td class="wide">
        <Name experiment={hit.experiment} /> <Label label={hit.label} />
        {(hit.tags ?? []).map((tag) => (
          <span class="small"> #{tag}</span>
        ))}
        <p class="said">
          <Words text={hit.hypothesis} />
        </p>
        <p class="small">
          {hit.reason}
          <Command text={hit.diff} />
        </p>
      </td>
      <td data-name="Delta" class="number">
        {deltaWords(hit)}
      </td>
      <td data-name="95 % interval" class="number">
        {delta === undefined ? null : (
          <IntervalBar span={{ delta, interval: hit.interval }} scale={scale} hollow={hit.label === "likely"} />
        )}
        <span class="small">{intervalWords(hit) || "–"}</span>
      </td>
      <td data-name="Re-test">{hit.retest}</td>
      <td data-name="Lines" class="number">
        {linesWords(hit)}
      </td>
    </tr>
  );
}

export function Label({ label }: { readonly label: Hit["label"] }) {
  return <span class={`label ${label ?? "kept"}`}>{labelWords(label)}</span>;
}
