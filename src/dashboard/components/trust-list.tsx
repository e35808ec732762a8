/** The answers to "trust it?", each with a sign that can be told apart without colour. */
import type { Mark, TrustPoint } from "../../report/shape.ts";
import { Hidden } from "./text.tsx";

const SIGNS = { good: "✓", warn: "!", bad: "✗", none: "–" } as const;
const SAID = { good: "good: ", warn: "mind this: ", bad: "bad: ", none: "" } as const;

export function MarkSign({ mark }: { readonly mark: Mark }) {
  return (
    <span class={`mark ${mark}`} aria-hidden="true">
      {SIGNS[mark]}
    </span>
  );
}

export function TrustList({ points }: { readonly points: readonly TrustPoint[] }) {
  return (
    <dl class="trust">
      {points.map((p) => (
        <div>
          <dt>
            <MarkSign mark={p.mark} />
            {p.name}
          </dt>
          <dd>
            <Hidden text={SAID[p.mark]} />
            {p.text}
          </dd>
        </div>
      ))}
    </dl>
  );
}
