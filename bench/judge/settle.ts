/**
 * The open question of the judge: can it keep at full speed, settle later, and be honest? All rules tried, over all
 * worlds.
 *
 *     node --import tsx bench/judge/settle.ts [nights] [scenario …]
 *
 * Prints per scenario, then the mean over scenarios in which keep-any-improvement gains anything: gain in percent of it
 * (paired, ± standard error), false changes in the final champion, over-statement, runs that tried nothing new.
 */
import { mean } from "../../src/judge.ts";
import { measure, nightsFor, type Policy, percentOf, type Summary } from "./measure.ts";
import { RULES_TRIED } from "./rules-tried.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

interface Row {
  readonly name: string;
  readonly summary: Summary;
  readonly percent: number;
  readonly se: number;
}

function rowsOf(scenario: Scenario, nights: number): readonly Row[] {
  const first = RULES_TRIED[0] as Policy;
  const reference = measure(first, scenario, nights);
  return RULES_TRIED.map((policy) => {
    const summary = policy === first ? reference : measure(policy, scenario, nights);
    return { name: policy.name, summary, ...percentOf(summary, reference) };
  });
}

function print(rows: readonly Row[]): void {
  for (const { name, summary: s, percent, se } of rows) {
    const gain = Number.isNaN(percent)
      ? "      –       "
      : `${percent.toFixed(1).padStart(6)} ± ${se.toFixed(1).padStart(3)} %`;
    const share = `${(100 * s.falseAtEnd).toFixed(1).padStart(5)} % of ${s.atEnd.toFixed(2).padStart(5)}`;
    const over = `${s.overstated >= 0 ? "+" : ""}${s.overstated.toFixed(2)}`;
    console.log(`${name.padEnd(50)} ${gain}  false ${share}  over ${over}  confirming ${s.confirming.toFixed(1)}`);
  }
}

function main(args: readonly string[]): void {
  const nights = Number(args[0] ?? 200);
  const names = args.length > 1 ? args.slice(1) : Object.keys(SCENARIOS);
  const tables: (readonly Row[])[] = [];
  for (const name of names) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined)
      throw new Error(`no scenario "${name}"; there are: ${Object.keys(SCENARIOS).join(", ")}`);
    const used = nightsFor(scenario, nights);
    console.log(`\n== ${name} (seeds 0–${used - 1}, 95 % of a difference: 2 standard errors)`);
    const rows = rowsOf(scenario, used);
    print(rows);
    tables.push(rows);
  }
  const gaining = tables.filter((rows) => !Number.isNaN(rows[0]?.percent ?? Number.NaN));
  console.log(`\n== mean of ${gaining.length} scenarios`);
  for (const [k, { name }] of RULES_TRIED.entries()) {
    const of = (f: (row: Row) => number) => mean(gaining.map((rows) => f(rows[k] as Row)));
    const share = (100 * of((r) => r.summary.falseAtEnd)).toFixed(1);
    console.log(
      `${name.padEnd(50)} ${of((r) => r.percent)
        .toFixed(1)
        .padStart(6)} %  false ${share.padStart(5)} %`,
    );
  }
}

main(process.argv.slice(2));
