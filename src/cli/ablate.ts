/**
 * `nightyard ablate`: which of the kept changes still pay, each left out of the champion alone.
 */
import { type Ablated, type AblateResult, ablate, type LeftOut, planAblate, whyNot } from "../ablate.ts";
import { gainWords, payWords } from "../remeasure/payment.ts";
import { metricsOfRuns } from "../remeasure.ts";
import { words } from "../report/listed.ts";
import { experimentName } from "../util/format.ts";
import { EXIT } from "../util/user-error.ts";
import { type AfterOptions, nightOf, nothingKept, working } from "./after-night.ts";

export async function ablateCommand(lab: string | undefined, options: AfterOptions): Promise<number> {
  const night = await nightOf(lab, options);
  if (night.session.champion.experiment === 0) return nothingKept(night, options.json);
  const plan = await planAblate(night.ws, night.session, night.experiments);
  if (options.dryRun) {
    const json = { version: 1, tag: night.session.tag, dryRun: true, changes: plan.map(leftJson) };
    process.stdout.write(options.json === true ? `${JSON.stringify(json)}\n` : `${plan.map(planLine).join("\n")}\n`);
    return EXIT.ok;
  }
  return working(night, "ablate", options, async (rest) => {
    const result = await ablate({ ...rest, plan, runs: options.runs });
    process.stdout.write(options.json === true ? `${JSON.stringify(resultJson(result))}\n` : `${textOf(result)}\n`);
    return EXIT.ok;
  });
}

function leftJson(left: LeftOut) {
  const { experiment, hypothesis } = left.change;
  const why = left.kind === "out" ? undefined : whyNot(left);
  return { experiment, hypothesis: words(hypothesis), leftOut: left.kind === "out", why };
}

function resultJson({ session, champion, changes }: AblateResult) {
  return {
    version: 1,
    tag: session.tag,
    dryRun: false,
    metric: session.metric.name,
    champion: metricsOfRuns(champion),
    changes: changes.map(({ left, runs, payment }) => ({
      ...leftJson(left),
      without: metricsOfRuns(runs),
      word: payment?.word,
      gain: payment?.gain,
      moreRuns: payment?.more,
    })),
  };
}

function planLine(left: LeftOut): string {
  const what = left.kind === "out" ? "would be left out and measured" : whyNot(left);
  return `${experimentName(left.change.experiment)}  ${what}  ${words(left.change.hypothesis, 80)}`;
}

function textOf({ session, changes }: AblateResult): string {
  const idle = changes.filter(({ payment }) => payment?.word === "no longer pays");
  const listed = idle.map(({ left }) => experimentName(left.change.experiment)).join(", ");
  const end = idle.length === 0 ? "none was found that no longer pays" : `no longer pays: ${listed}`;
  return [...changes.flatMap((c) => lines(session.metric.name, c)), end].join("\n");
}

function lines(metric: string, { left, payment }: Ablated): readonly string[] {
  const head = `${experimentName(left.change.experiment)}  ${words(left.change.hypothesis, 100)}`;
  if (left.kind !== "out" || payment === undefined) {
    return [head, `    ${left.kind === "out" ? "not measured" : whyNot(left)}`];
  }
  return [head, `    ${payWords(payment)}; without it and with it: ${words(gainWords(metric, payment))}`];
}
