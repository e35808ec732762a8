/**
 * The judge's simulation: what each rule finds, keeps in error and claims, beside keep-any-improvement and other rules.
 *
 *     node --import tsx bench/judge/main.ts [nights] [scenario …]
 *
 * Seeds are 0 … nights−1. The judge is the product's own; the world is the project's reference simulation (judge.md),
 * with another generator of chance. Percentages of gain are paired, with their standard error. Ends with the goals.
 */
import { PRESETS, type Rules } from "../../src/judge.ts";
import { coverage } from "./confirm.ts";
import { measure, nightsFor, type Policy, percentOf, type Summary } from "./measure.ts";
import { type EarlyStop, stopAtHalf, stopAudited } from "./policies/early-stop.ts";
import { judged, rulesWith } from "./policies/judge.ts";
import { alwaysRuns, fixedMargin, keepAny, madScore } from "./policies/rivals.ts";
import { MAIN_SCENARIOS, SCENARIOS, type Scenario } from "./scenarios.ts";

const RULES: Readonly<Record<keyof typeof PRESETS, Rules>> = {
  fast: rulesWith(PRESETS.fast),
  default: rulesWith(),
  strict: rulesWith(PRESETS.strict),
};

function judge(preset: keyof typeof PRESETS, stop?: EarlyStop, note = ""): Policy {
  return { name: `judge, ${preset}${note}`, run: judged({ rules: RULES[preset], stop }) };
}

const POLICIES: readonly Policy[] = [
  { name: "keep any improvement", run: keepAny() },
  { name: "advisory MAD score", run: madScore },
  { name: "fixed margin of 2 sigma", run: fixedMargin(2) },
  { name: "always three runs", run: alwaysRuns(3) },
  judge("fast"),
  judge("default"),
  judge("strict"),
  judge("fast", stopAtHalf(0.9), " + stop, r .90"),
  judge("default", stopAtHalf(0.9), " + stop, r .90"),
  judge("strict", stopAtHalf(0.9), " + stop, r .90"),
  judge("default", stopAtHalf(0.9, 1), " + stop, r .90, z 1"),
  judge("default", stopAtHalf(0.9, 0.5), " + stop, r .90, z 0.5"),
  judge("default", stopAudited(0.9, 0.5), " + the same, audited"),
  judge("strict", stopAtHalf(0.9, 1), " + stop, r .90, z 1"),
  judge("default", stopAtHalf(0.98), " + stop, r .98"),
  { name: "keep any + stop, r .90", run: keepAny(stopAtHalf(0.9)) },
  { name: "keep any + stop, r .95", run: keepAny(stopAtHalf(0.95)) },
];

type Table = ReadonlyMap<string, Summary>;

function tableOf(name: string, scenario: Scenario, nights: number): Table {
  console.log(`\n== ${name} (seeds 0–${nights - 1}, ${scenario.slots} slots; gain in 1e-3 bpb)`);
  const table = new Map<string, Summary>();
  for (const policy of POLICIES) {
    const summary = measure(policy, scenario, nights);
    table.set(policy.name, summary);
    console.log(line(policy.name, summary, table.get("keep any improvement") ?? summary));
  }
  return table;
}

function line(name: string, s: Summary, reference: Summary): string {
  const { percent, se } = percentOf(s, reference);
  const gain = Number.isNaN(percent)
    ? `nothing to gain, reported ${signed(s.claimed)}`
    : `gain ${s.gain.toFixed(2).padStart(5)} ± ${s.se.toFixed(2)} (${percent.toFixed(1).padStart(5)} ± ${se.toFixed(1)} %)`;
  const kept = `${s.keeps.toFixed(2).padStart(5)} kept, false ${percentText(s.falseKeeps).padStart(6)}`;
  const cost = `${s.proposals.toFixed(0).padStart(3)} proposals, ${s.aborted.toFixed(0).padStart(3)} stopped`;
  return `${name.padEnd(36)} ${gain}  ${kept}  over-stated ${signed(s.overstated)}  ${cost}`;
}

function goals(tables: ReadonlyMap<string, Table>, nights: number): void {
  console.log("\n== goals");
  for (const night of ["fresh night", "plateau night"]) {
    const table = tables.get(night);
    const scenario = SCENARIOS[night];
    if (table === undefined || scenario === undefined) continue;
    for (const [preset, limit] of [
      ["default", 0.08],
      ["strict", 0.04],
    ] as const) {
      const share = table.get(`judge, ${preset}`)?.falseKeeps ?? Number.NaN;
      say(share <= limit, `${night}: ${preset} keeps ${percentText(share)} false (goal ≤ ${percentText(limit)})`);
    }
    for (const suffix of [" + stop, r .90", " + stop, r .90, z 1", " + the same, audited"]) {
      const { percent, se } = ratio(table, `judge, default${suffix}`);
      say(
        percent >= 100,
        `${night}: default${suffix}: ${percent.toFixed(1)} ± ${se.toFixed(1)} % of keep-any (goal ≥ 100 %)`,
      );
    }
    const c = coverage(RULES.default, scenario, nights);
    const details = `bias ${signed(c.bias)}, ± ${c.halfWidth.toFixed(2)}`;
    say(
      c.covered >= 0.95,
      `${night}: fresh runs cover the truth in ${percentText(c.covered)} (goal ≥ 95 %; ${details})`,
    );
  }
}

function ratio(table: Table, name: string): { readonly percent: number; readonly se: number } {
  const [ours, reference] = [table.get(name), table.get("keep any improvement")];
  if (ours === undefined || reference === undefined) throw new Error(`no row "${name}"`);
  return percentOf(ours, reference);
}

function say(ok: boolean, text: string): void {
  console.log(`${ok ? "pass" : "MISS"}  ${text}`);
}

function signed(x: number): string {
  return `${x >= 0 ? "+" : ""}${x.toFixed(2)}`;
}

function percentText(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function main(args: readonly string[]): void {
  const nights = Number(args[0] ?? 200);
  if (!Number.isInteger(nights) || nights < 2) throw new Error(`nights is a whole number from 2, not "${args[0]}"`);
  const tables = new Map<string, Table>();
  for (const name of args.length > 1 ? args.slice(1) : MAIN_SCENARIOS) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined)
      throw new Error(`no scenario "${name}"; there are: ${Object.keys(SCENARIOS).join(", ")}`);
    tables.set(name, tableOf(name, scenario, nightsFor(scenario, nights)));
  }
  goals(tables, nights);
}

main(process.argv.slice(2));
