/** Names with their values. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

export function Facts({ facts, mono = false }: { readonly facts: readonly Fact[]; readonly mono?: boolean }) {
  return (
    <dl class={mono ? "facts mono" : "facts"}>
      {facts.map(({ name, value }) => (
        <div>
          <dt>{name}</dt>
          <dd>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
