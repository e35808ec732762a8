/** The few large numbers at the top of a page. */

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly detail?: string | undefined;
  /** Drawn in the accent colour. */
  readonly strong?: boolean | undefined;
}

export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map((f) => (
        <div class={f.strong === true ? "figure strong" : "figure"}>
          <dt>{f.name}</dt>
          <dd>
            <span class="value">{f.value}</span>
            {f.detail === undefined ? null : <span class="detail">{f.detail}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
