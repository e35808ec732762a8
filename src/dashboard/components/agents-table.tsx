/** What each agent yielded and cost. */
import type { AgentYield, Listed } from "../../report/shape.ts";
import { minutesWords, moreWords } from "../../report/words.ts";
import { More } from "./text.tsx";

const HEAD = ["Agent", "Experiments", "Kept", "Crashed", "Its time", "Dollars"] as const;

export function AgentsTable({ agents }: { readonly agents: Listed<AgentYield> }) {
  if (agents.rows.length === 0) return null;
  return (
    <>
      {/* biome-ignore lint/a11y/noRedundantRoles: shown as cards it would lose them */}
      <table class="cards" role="table">
        <caption>Who proposed</caption>
        <thead>
          <tr>
            {HEAD.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {agents.rows.map((a) => (
            <tr>
              <th scope="row" class="wide">
                <bdi>{a.name}</bdi>
              </th>
              {[a.experiments, a.kept, a.crashed].map((n, i) => (
                <td class="number" data-name={HEAD[i + 1]}>
                  {n}
                </td>
              ))}
              <td class="number" data-name="Its time">
                {minutesWords(a.seconds)}
              </td>
              <td class="number" data-name="Dollars">
                {a.dollars === undefined ? "unknown" : `$${a.dollars.toFixed(2)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More text={moreWords(agents.leftOut)} />
    </>
  );
}
