/**
 * What `finalize`, `ablate` and `promote` share on the command line: the session, the sandbox, Ctrl-C, and the words on
 * the way to standard error.
 */
import { relative } from "node:path";
import type { Experiment } from "../experiment.ts";
import { runnerOf } from "../kinds.ts";
import type { Session } from "../ledger/session.ts";
import { experimentsOf } from "../ledger.ts";
import type { RestOptions } from "../remeasure/yard.ts";
import { shellWord } from "../report/listed.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import type { Workspace } from "../workspace.ts";
import { withSession } from "./lab.ts";
import { chooseSandbox, sandboxMode } from "./sandbox-option.ts";

export interface AfterOptions {
  readonly session?: string | undefined;
  /** Fresh runs of each commit. */
  readonly runs?: number | undefined;
  readonly sandbox?: string | boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export interface Night {
  readonly ws: Workspace;
  readonly session: Session;
  readonly experiments: readonly Experiment[];
  /** The lab as the person named it, for commands to paste. */
  readonly lab: string;
}

/** The session that is meant; throws UserError when there is none, or when it is somebody else's record. */
export async function nightOf(lab: string | undefined, options: AfterOptions): Promise<Night> {
  if (options.runs === 0) throw new UserError("--runs: expected at least 1, found 0", { fix: "--runs 4" });
  const night = await withSession(lab, options.session, ({ ws, ledger, session }) => {
    return { ws, session, experiments: experimentsOf(ledger, session.tag) };
  });
  const { imported, tag } = night.session;
  if (imported !== undefined) {
    throw new UserError(`session ${tag} was imported from ${imported.file}; there is nothing here to be run`, {
      fix: "nightyard finalize --session <one that took place here>",
    });
  }
  return { ...night, lab: lab === undefined || relative(process.cwd(), lab) === "" ? "." : lab };
}

/** The sentence for a session without a keep. */
export function nothingKept({ session }: Night, json: boolean | undefined): number {
  const text = `session ${session.tag} kept nothing`;
  process.stdout.write(
    json === true ? `${JSON.stringify({ version: 1, tag: session.tag, nothingKept: true })}\n` : `${text}\n`,
  );
  return EXIT.ok;
}

/** Does the work with a sandbox; the first Ctrl-C ends it cleanly, the second at once. */
export async function working(
  night: Night,
  command: string,
  options: AfterOptions,
  work: (rest: RestOptions) => Promise<number>,
): Promise<number> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const sandbox = await chooseSandbox(sandboxMode(options.sandbox), say);
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say("stopping: the run is ended and recorded (Ctrl-C again: at once)");
    controller.abort(new Error("stopped by the person"));
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, onSignal);
  const { ws, session, lab } = night;
  try {
    const runner = runnerOf(session.runner);
    return await work({ ws, tag: session.tag, runner, sandbox, say, signal: controller.signal });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    const at = lab === "." ? "" : ` ${shellWord(lab)}`;
    say(`stopped; what was measured is in the ledger. Go on with: nightyard ${command}${at} --session ${session.tag}`);
    return EXIT.interrupted;
  } finally {
    for (const name of names) process.off(name, onSignal);
  }
}
