/** Commands ready to paste, each with what it is for. */
import type { Pasted } from "../../report/shape.ts";
import { Command } from "./text.tsx";

export function CommandList({ commands }: { readonly commands: readonly Pasted[] }) {
  return (
    <ul class="commands">
      {commands.map((c) => (
        <li>
          <Command text={c.command} />
          {c.why === "" ? null : <span class="small">{c.why}</span>}
        </li>
      ))}
    </ul>
  );
}
