/** Words of the person, integrity events and what the harness noted; and the form for a note, where that is allowed. */
import { timeWords } from "../../report/words.ts";
import { experimentName } from "../../util/format.ts";
import type { Happened } from "../board/night.ts";

export interface Write {
  readonly token: string;
}

export function NoteForm({ base, write }: { readonly base: string; readonly write: Write }) {
  return (
    <form class="note-form" id="note" method="post" action={`${base}/notes`}>
      <input type="hidden" name="token" value={write.token} />
      <label class="grow">
        <span>A word for the agent, from the next experiment on</span>
        <textarea name="text" rows={2} maxlength={1000} required />
      </label>
      <button type="submit">Leave the note</button>
      <span class="small" id="note-said" role="status" />
    </form>
  );
}

interface Props {
  readonly base: string;
  readonly since: string;
  readonly happened: readonly Happened[];
  readonly waiting: readonly { readonly id: string; readonly text: string }[];
}

const MOST = 40;

export function HappenedList({ base, since, happened, waiting }: Props) {
  if (happened.length + waiting.length === 0) return <p class="quiet">No note and no event so far.</p>;
  return (
    <ul class="moments happened">
      {waiting.map((note) => (
        <li class="wait">
          <time>waits</time>
          <span>
            <strong>your note</strong>, taken at the session's next step: <bdi>{note.text}</bdi>
          </span>
        </li>
      ))}
      {happened
        .slice(-MOST)
        .reverse()
        .map((h) => (
          <li class={h.kind === "integrity" ? "integrity" : h.kind === "note" ? "keep" : "other"}>
            <time datetime={h.at}>{timeWords(h.at, since)}</time>
            <span>
              <strong>
                <bdi>{h.kind === "integrity" ? `integrity: ${h.what}` : h.what}</bdi>
              </strong>
              {h.experiment === undefined ? null : (
                <>
                  {" "}
                  <a href={`${base}/e/${h.experiment}`}>{experimentName(h.experiment)}</a>
                </>
              )}
              {": "}
              <bdi>{h.detail}</bdi>
            </span>
          </li>
        ))}
    </ul>
  );
}
