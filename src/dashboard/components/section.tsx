/** One part of a page, with a heading that can be linked to. */
import type { Child } from "hono/jsx";

interface Props {
  readonly id: string;
  readonly title: string;
  readonly note?: string | undefined;
  readonly children?: Child;
}

export function Section({ id, title, note, children }: Props) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {note === undefined ? null : <p class="note">{note}</p>}
      {children}
    </section>
  );
}
