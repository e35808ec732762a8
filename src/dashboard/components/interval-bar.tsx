/** A gain with its interval as a small drawing: all of one table share the scale, so that they can be compared. */

export interface Span {
  readonly delta: number;
  readonly interval?: readonly [number, number] | undefined;
}

const WIDTH = 150;
const HEIGHT = 18;

/** The ends of the scale: everything that is drawn, and zero. */
export function scaleOf(spans: readonly Span[]): readonly [number, number] {
  const ends = spans.flatMap((s) => [s.delta, ...(s.interval ?? [])]).filter(Number.isFinite);
  const low = ends.reduce((a, b) => Math.min(a, b), 0);
  const high = ends.reduce((a, b) => Math.max(a, b), 0);
  return low === high ? [low - 1, high + 1] : [low, high];
}

interface Props {
  readonly span: Span;
  readonly scale: readonly [number, number];
  readonly hollow: boolean;
}

/** Said in words beside it, so hidden from those who hear the page. */
export function IntervalBar({ span, scale, hollow }: Props) {
  const [low, high] = scale;
  const x = (v: number) => Math.round((6 + ((v - low) / (high - low)) * (WIDTH - 12)) * 10) / 10;
  const middle = HEIGHT / 2;
  const [from, to] = span.interval ?? [span.delta, span.delta];
  return (
    <svg class="interval" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path class="zero" d={`M${x(0)} 0V${HEIGHT}`} />
      <path class="reach" d={`M${x(from)} ${middle}H${x(to)}`} />
      <circle class={hollow ? "dot hollow" : "dot"} cx={x(span.delta)} cy={middle} r={hollow ? 3.6 : 4.2} />
    </svg>
  );
}
