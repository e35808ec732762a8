/**
 * `nightyard tag <n> <tag…>`: a person's tags on an experiment, here and from the page. The ledger has one writer:
 * while a session runs they travel by the spool (spool.ts) and the loop takes them at its next step; otherwise they are
 * appended under the lab's lock.
 */
import type { Experiment } from "../experiment.ts";
import { dropLock, runningHolder, takeLock } from "../ledger/lock.ts";
import { experimentOf } from "../ledger/read.ts";
import { append, closeLedger, openLedger, sessionOf } from "../ledger.ts";
import { handIn, MAX_WAITING, spoolId } from "../spool.ts";
import { MOST_TAGS, TAG, TAG_WORDS, type Tagging, tagsAfter } from "../tags.ts";
import { experimentName } from "../util/format.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import type { Workspace } from "../workspace.ts";
import { experimentNumber, withSession } from "./lab.ts";

export interface TagOptions {
  readonly lab?: string | undefined;
  readonly session?: string | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
}

export async function tagCommand(which: string, add: readonly string[], options: TagOptions): Promise<number> {
  const tagging = { add: [...new Set(add)], remove: [...new Set(options.remove ?? [])] };
  const found = await withSession(options.lab, options.session, ({ ws, ledger, session }) => {
    const n = which === "best" ? session.champion.experiment : experimentNumber(which);
    const e = experimentOf(ledger, session.tag, n);
    if (e !== undefined) return { ws, e, tag: session.tag };
    throw new UserError(`session ${session.tag} has no experiment ${n}; its last is ${session.lastExperiment}`, {
      fix: "nightyard log",
    });
  });
  const { ws, e, tag } = found;
  const why = whyNot(e, tagging);
  if (why !== undefined) throw new UserError(why, { fix: `nightyard tag ${e.number} promising   # ${TAG_WORDS}` });
  const after = tagsAfter(e.tags ?? [], tagging);
  const words = `${experimentName(e.number)} of session ${tag}: ${after.join(", ") || "no tags"}`;
  if (options.dryRun === true) process.stdout.write(`would leave ${words}\n`);
  else {
    const taken = await putTags(ws, { session: tag, experiment: e.number, ...tagging });
    const later = taken === "spooled" ? "; the running session takes it at its next step" : "";
    process.stdout.write(`${words}${later}\n`);
  }
  return EXIT.ok;
}

/** Why a tagging cannot be; undefined when it can. */
export function whyNot(e: Experiment, { add, remove }: Tagging): string | undefined {
  if (add.length + remove.length === 0) return "tag: expected a tag, or --remove with one, found neither";
  const wrong = [...add, ...remove].find((tag) => !TAG.test(tag));
  if (wrong !== undefined) return `tag: expected ${TAG_WORDS}; found ${JSON.stringify(wrong.slice(0, 60))}`;
  const left = (e.tags ?? []).filter((tag) => !remove.includes(tag));
  const size = new Set([...left, ...add]).size;
  return size > MOST_TAGS || remove.length > MOST_TAGS
    ? `tag: expected ${MOST_TAGS} tags at most on an experiment, found ${Math.max(size, remove.length)}`
    : undefined;
}

type Put = Tagging & { readonly session: string; readonly experiment: number };

/** Records the tags, or hands them to the session that runs. Throws UserError when too many messages wait. */
export async function putTags(ws: Workspace, put: Put): Promise<"recorded" | "spooled"> {
  const { stateDir } = ws;
  const { session, experiment } = put;
  const [add, remove] = [[...put.add], [...put.remove]];
  if (runningHolder(stateDir) !== undefined) {
    const id = await handIn(stateDir, spoolId(), { kind: "tag", session, experiment, add, remove });
    if (id !== undefined) return "spooled";
    throw new UserError(`${stateDir}/inbox: ${MAX_WAITING} messages wait already; a session takes them`);
  }
  const lock = takeLock(stateDir, session);
  try {
    const ledger = openLedger(stateDir);
    try {
      const clock = sessionOf(ledger, session)?.sittingMs ?? 0;
      append(ledger, session, { type: "tagged", experiment, add, remove }, clock);
    } finally {
      closeLedger(ledger);
    }
  } finally {
    dropLock(lock);
  }
  return "recorded";
}
