/**
 * `nightyard import`: somebody's record of a night becomes a session of this lab's ledger, marked as imported.
 */
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Goal } from "../experiment.ts";
import { knownCommits } from "../import/commits.ts";
import { alreadyIn, freeTag, type Written, writePart } from "../import/write.ts";
import { type Survey, survey } from "../import.ts";
import { dropLock, takeLock } from "../ledger/lock.ts";
import { closeLedger, type Ledger, openLedger, readLedger, sessionOf } from "../ledger.ts";
import { packageVersion } from "../session.ts";
import { experimentName, number, plural } from "../util/format.ts";
import { oneLine } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { ensureStateDir, type Workspace } from "../workspace.ts";
import { folderOrLab } from "./lab.ts";

export interface ImportCommandOptions {
  readonly lab: string;
  readonly goal?: string | undefined;
  readonly metric?: string | undefined;
  readonly tag?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export async function importCommand(file: string, options: ImportCommandOptions): Promise<number> {
  await needFile(file);
  const ws = await folderOrLab(options.lab);
  const seen = await survey(file, { goal: goalFrom(options.goal), metric: options.metric });
  const written = options.dryRun === true ? planned(ws, seen, options) : await write(ws, seen, options);
  process.stdout.write(options.json ? jsonOf(seen, written, options) : wordsOf(seen, written, options));
  return EXIT.ok;
}

async function needFile(file: string): Promise<void> {
  const found = await stat(resolve(file)).catch((cause) => {
    throw new UserError(`${file}: cannot be read (${(cause as Error).message})`, { cause });
  });
  if (!found.isFile()) throw new UserError(`${file}: expected a file, found something else`);
}

function goalFrom(text: string | undefined): Goal | undefined {
  if (text === undefined || text === "minimize" || text === "maximize") return text;
  throw new UserError(`--goal: expected minimize or maximize, found "${oneLine(text, 60)}"`);
}

async function write(ws: Workspace, seen: Survey, options: ImportCommandOptions): Promise<readonly Written[]> {
  await ensureStateDir(ws);
  const lock = takeLock(ws.stateDir, "import");
  try {
    const ledger = openLedger(ws.stateDir);
    try {
      return await writeInto(ws, ledger, seen, options);
    } finally {
      closeLedger(ledger);
    }
  } finally {
    dropLock(lock);
  }
}

async function writeInto(
  ws: Workspace,
  ledger: Ledger,
  seen: Survey,
  options: ImportCommandOptions,
): Promise<readonly Written[]> {
  const plan = planOf(ledger, seen, options);
  const commits = await knownCommits(ws.labDir, seen.claimed);
  const { labDir } = ws;
  const context = { ledger, survey: seen, name: basename(seen.file), labDir, version: packageVersion(), commits };
  for (const { part, tag, already } of plan) if (!already) await writePart(context, part, tag);
  return plan;
}

function planned(ws: Workspace, seen: Survey, options: ImportCommandOptions): readonly Written[] {
  const ledger = readLedger(ws.stateDir);
  try {
    return planOf(ledger, seen, options);
  } finally {
    if (ledger !== undefined) closeLedger(ledger);
  }
}

function planOf(ledger: Ledger | undefined, seen: Survey, options: ImportCommandOptions): readonly Written[] {
  const taken = new Set<string>();
  return seen.parts.map((part) => {
    const before = ledger === undefined ? undefined : alreadyIn(ledger, seen, part);
    const tag = before?.tag ?? tagFor(ledger, seen, options.tag, taken);
    taken.add(tag);
    return { tag, part, already: before?.ended !== undefined };
  });
}

function tagFor(
  ledger: Ledger | undefined,
  seen: Survey,
  given: string | undefined,
  taken: ReadonlySet<string>,
): string {
  if (given === undefined) return freeTag(ledger, basename(seen.file), taken);
  if (taken.size > 0) return freeTag(ledger, given, taken);
  if (ledger !== undefined && sessionOf(ledger, given) !== undefined) {
    throw new UserError(`--tag: there is a session "${given}" already, of something else`, {
      fix: `nightyard import '${seen.file}' --tag ${freeTag(ledger, given, taken)}`,
    });
  }
  return given;
}

function wordsOf(seen: Survey, written: readonly Written[], options: ImportCommandOptions): string {
  const lines = [`${seen.file} (${seen.reader.format})`];
  for (const { tag, part, already } of written) {
    const { keep, discard, crash } = part.counts;
    const done = already ? "is already imported as" : options.dryRun ? "would be imported as" : "imported as";
    lines.push(
      `${done} session ${tag}${already ? "; nothing was changed" : ""}: ${part.metric}, ${part.goal}`,
      `  ${keep + discard + crash} experiments: ` +
        `${keep} kept (with the baseline), ${discard} discarded, ${crash} crashed`,
    );
    if (part.best !== undefined) {
      lines.push(`  best kept ${number(part.best.metric)} (${experimentName(part.best.experiment)}), self-reported`);
      if (part.lastKept !== part.best.experiment) {
        lines.push(`  kept last ${experimentName(part.lastKept)}: that is the champion, as the branch stood`);
      }
    }
  }
  if (seen.oddCount > 0) lines.push(`${plural(seen.oddCount, "odd thing")}:`);
  for (const { line, what } of seen.odd) lines.push(`  line ${line}: ${what}`);
  if (seen.oddCount > seen.odd.length) lines.push(`  and ${seen.oddCount - seen.odd.length} more`);
  const first = written[0];
  if (first !== undefined && !options.dryRun) lines.push(`nightyard status '${options.lab}' --session ${first.tag}`);
  return `${lines.join("\n")}\n`;
}

function jsonOf(seen: Survey, written: readonly Written[], options: ImportCommandOptions): string {
  const sessions = written.map(({ tag, part, already }) => ({
    tag,
    already,
    metric: part.metric,
    goal: part.goal,
    experiments: part.counts.keep + part.counts.discard + part.counts.crash,
    ...part.counts,
    best: part.best?.metric,
    bestExperiment: part.best?.experiment,
  }));
  const { file, sha256, odd, oddCount, reader } = seen;
  const dryRun = options.dryRun === true;
  return `${JSON.stringify({ version: 1, file, format: reader.format, sha256, dryRun, sessions, odd, oddCount })}\n`;
}
