/**
 * `nightyard promote`: whether the gain of a session is there at other scales too.
 */

import type { Session } from "../ledger/session.ts";
import { chooseScales, type PromotedScale, type PromoteResult, promote } from "../promote.ts";
import { gainWords, type Payment, payWords } from "../remeasure/payment.ts";
import { metricsOfRuns } from "../remeasure.ts";
import { words } from "../report/listed.ts";
import { needProgram } from "../session.ts";
import { number, plural } from "../util/format.ts";
import { EXIT } from "../util/user-error.ts";
import { type AfterOptions, nightOf, nothingKept, working } from "./after-night.ts";

export interface PromoteCliOptions extends AfterOptions {
  /** Only these scales. */
  readonly scale?: readonly string[] | undefined;
}

/** Answers the exit code: 3 when a gain is shown not to be there at a scale. */
export async function promoteCommand(lab: string | undefined, options: PromoteCliOptions): Promise<number> {
  const night = await nightOf(lab, options);
  if (night.session.champion.experiment === 0) return nothingKept(night, options.json);
  const program = await needProgram(night.ws);
  const scales = chooseScales(program.promote, options.scale ?? []);
  if (options.dryRun) {
    const { base, champion, tag } = night.session;
    const both = `${base.slice(0, 7)} and ${champion.commit.slice(0, 7)}`;
    const rows = scales.map((s) => `would run ${both} at ${s.name}: ${plural(options.runs ?? s.seeds, "run")} each`);
    const json = { version: 1, tag, dryRun: true, scales: scales.map(({ name }) => ({ name })) };
    process.stdout.write(options.json === true ? `${JSON.stringify(json)}\n` : `${rows.join("\n")}\n`);
    return EXIT.ok;
  }
  return working(night, "promote", options, async (rest) => {
    const result = await promote({ ...rest, scales, runs: options.runs });
    process.stdout.write(options.json === true ? `${JSON.stringify(resultJson(result))}\n` : `${textOf(result)}\n`);
    return result.scales.some((s) => s.payment.word === "no longer pays") ? EXIT.needsYou : EXIT.ok;
  });
}

const TRANSFERS = { pays: "transfers", "no longer pays": "does not transfer", "cannot tell": "cannot tell" } as const;

/** The word on a scale, and how many runs would tell. */
function transferWords(payment: Payment): string {
  return payment.word === "cannot tell" ? payWords(payment) : TRANSFERS[payment.word];
}

function resultJson({ session, original, scales }: PromoteResult) {
  return {
    version: 1,
    tag: session.tag,
    dryRun: false,
    metric: session.metric.name,
    original,
    scales: scales.map(({ scale, budgetSeconds, baseline, champion, payment }) => ({
      name: scale.name,
      budgetSeconds,
      baseline: metricsOfRuns(baseline),
      champion: metricsOfRuns(champion),
      word: TRANSFERS[payment.word],
      gain: payment.gain,
      moreRuns: payment.more,
    })),
  };
}

function textOf({ session, original, scales }: PromoteResult): string {
  return [`as it was run  ${originalText(session, original)}`, ...scales.map((s) => line(session.metric.name, s))].join(
    "\n",
  );
}

function originalText({ tag, metric }: Session, original: PromoteResult["original"]): string {
  if (original === undefined) return `not confirmed: nightyard confirm --session ${tag}`;
  const { baseline, champion, percent, percentHalf } = original;
  const change = `${signed(percent)} % ± ${percentHalf.toFixed(2)}`;
  return `${metric.name} ${number(baseline)} → ${number(champion)} (${change})`;
}

function line(metric: string, { scale, payment }: PromotedScale): string {
  return `${scale.name}  ${transferWords(payment)}; ${words(gainWords(metric, payment))}`;
}

function signed(x: number): string {
  return `${x > 0 ? "+" : x < 0 ? "−" : "±"}${Math.abs(x).toFixed(2)}`;
}
