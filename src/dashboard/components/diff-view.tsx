/** A unified diff, line by line. The signs at the line starts stay, so it can be read without colour. */
const MOST_LINES = 400;

export function DiffView({ diff, name }: { readonly diff: string; readonly name: string }) {
  const lines = diff.replace(/\n$/, "").split("\n");
  return (
    <section class="block" aria-label={name} tabindex={0}>
      <pre class="diff">
        {lines.slice(0, MOST_LINES).map((line) => (
          <span class={kindOf(line)}>{`${line}\n`}</span>
        ))}
      </pre>
    </section>
  );
}

function kindOf(line: string): string {
  if (line.startsWith("+++") || line.startsWith("---") || line.startsWith("@@")) return "head";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
