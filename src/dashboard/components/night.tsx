/** The night: equal stretches with what each brought, and its moments. */
import type { Stretch, Timeline } from "../../report/shape.ts";
import { moreWords, timeWords } from "../../report/words.ts";
import { More } from "./text.tsx";

const COLUMN = 24;
const HEIGHT = 88;

export function Stretches({ timeline, since }: { readonly timeline: Timeline; readonly since: string }) {
  const { stretches, stretchMinutes } = timeline;
  // Two or three blocks say nothing that the counts do not.
  if (stretches.length < 4) return null;
  const most = stretches.reduce((max, s) => Math.max(max, s.kept + s.discarded + s.crashed), 1);
  const size = `0 0 ${COLUMN * stretches.length} ${HEIGHT}`;
  const end = new Date(Date.parse(since) + stretches.length * stretchMinutes * 60_000);
  const last = Number.isNaN(end.getTime()) ? "" : timeWords(end.toISOString(), since);
  return (
    <figure class="stretches">
      <svg viewBox={size} preserveAspectRatio="none" role="img" height={HEIGHT} width="100%">
        <title>{stretchesSaid(timeline)}</title>
        {stretches.map((s, i) => (
          <StretchColumn stretch={s} x={i * COLUMN} unit={(HEIGHT - 4) / most} />
        ))}
      </svg>
      <figcaption>
        <span>{timeWords(since, since)}</span>
        <span>
          <i class="key kept" /> kept <i class="key discarded" /> discarded <i class="key crashed" /> crashed, each
          column {stretchMinutes < 60 ? `${stretchMinutes} min` : `${stretchMinutes / 60} h`}
        </span>
        <span>{last}</span>
      </figcaption>
    </figure>
  );
}

function stretchesSaid({ stretches, stretchMinutes }: Timeline): string {
  const rows = stretches.map((s) => `${s.kept}/${s.discarded}/${s.crashed}`);
  return `Kept, discarded and crashed per ${stretchMinutes} minutes: ${rows.join(", ")}`;
}

function StretchColumn({
  stretch: s,
  x,
  unit,
}: {
  readonly stretch: Stretch;
  readonly x: number;
  readonly unit: number;
}) {
  const [kept, discarded, crashed] = [s.kept * unit, s.discarded * unit, s.crashed * unit];
  const place = { x: x + 2, width: COLUMN - 4 };
  return (
    <g>
      <rect class="kept" {...place} y={HEIGHT - kept} height={kept} />
      <rect class="discarded" {...place} y={HEIGHT - kept - discarded} height={discarded} />
      <rect class="crashed" {...place} y={HEIGHT - kept - discarded - crashed} height={crashed} />
    </g>
  );
}

export function Moments({ timeline, since }: { readonly timeline: Timeline; readonly since: string }) {
  const { moments } = timeline;
  return (
    <>
      <ol class="moments">
        {moments.rows.map((m) => (
          <li class={m.what}>
            <time datetime={m.at}>{timeWords(m.at, since)}</time>
            <span>
              <bdi>{m.text}</bdi>
            </span>
          </li>
        ))}
      </ol>
      <More text={moreWords(moments.leftOut)} />
    </>
  );
}
