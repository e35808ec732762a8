/** Where the time went: the runs, and what was waited for. */
import type { Machine } from "../../report/shape.ts";
import { minutesWords } from "../../report/words.ts";
import { Bar } from "./bar.tsx";

export function IdleBars({ machine }: { readonly machine: Machine }) {
  const rows = [
    { name: "a run was on", seconds: machine.runSeconds, kind: "strong" },
    ...machine.idle.map(({ cause, seconds }) => ({ name: cause as string, seconds, kind: "" })),
  ];
  const most = rows.reduce((max, r) => Math.max(max, r.seconds), 1e-9);
  return (
    <table class="idle">
      <caption class="hidden">Time by what it was spent on</caption>
      <thead class="hidden">
        <tr>
          <th scope="col">Spent on</th>
          <th scope="col">Time</th>
          <th scope="col">Drawn</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((r) => (
          <tr>
            <th scope="row">{r.name}</th>
            <td class="number">{minutesWords(r.seconds)}</td>
            <td class="drawn">
              <Bar share={r.seconds / most} kind={r.kind} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
