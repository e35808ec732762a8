/** Experiments that a person should see first, with the reasons. */
import type { Listed, LookFirst } from "../../report/shape.ts";
import { moreWords } from "../../report/words.ts";
import { Command, More, Name, Words } from "./text.tsx";

export function LookList({ look }: { readonly look: Listed<LookFirst> }) {
  if (look.rows.length === 0) return <p>Nothing stands out.</p>;
  return (
    <>
      <ul class="look">
        {look.rows.map((l) => (
          <li>
            <div>
              <Name experiment={l.experiment} />{" "}
              <span class={`verdict ${l.verdict ?? "open"}`}>{l.verdict ?? "open"}</span>
              <strong class="why">
                <bdi>{l.why.join("; ")}</bdi>
              </strong>
              <p class="said">
                <Words text={l.hypothesis} />
              </p>
            </div>
            <Command text={l.diff} />
          </li>
        ))}
      </ul>
      <More text={moreWords(look.leftOut)} />
    </>
  );
}
