/** Small pieces of text: an agent's words kept to their own direction, experiment names, commands ready to paste. */
import { experimentName } from "../../util/format.ts";

/** Words from outside: escaped by the renderer, and kept from turning the line they stand in. */
export function Words({ text, empty = "no words" }: { readonly text: string; readonly empty?: string }) {
  return text === "" ? <span class="quiet">{empty}</span> : <bdi>{text}</bdi>;
}

export function Name({ experiment }: { readonly experiment: number }) {
  return <span class="name">{experimentName(experiment)}</span>;
}

/** One click selects all of it. */
export function Command({ text }: { readonly text: string }) {
  return <code class="command">{text}</code>;
}

export function More({ text }: { readonly text: string }) {
  return text === "" ? null : <p class="more">{text}</p>;
}

/** For those who hear the page. */
export function Hidden({ text }: { readonly text: string }) {
  return <span class="hidden">{text}</span>;
}
