/**
 * `nightyard watch`: a session as it goes, or as it went. On a terminal the full view, elsewhere plain lines.
 *
 * It reads the ledger of another process and writes nothing: leaving it never stops a session. The drawing library is
 * loaded only here, for it takes a second.
 */

import { withSession } from "./lab.ts";
import { budgetOf, type ReadOptions } from "./status.ts";
import { followPlain } from "./watch/plain.ts";
import type { Source } from "./watch/source.ts";

export async function watchCommand(lab: string | undefined, options: ReadOptions): Promise<number> {
  return withSession(lab, options.session, async ({ ws, ledger, session }) => {
    // A program.md that is being edited just now must not keep a person from looking.
    const budgetSeconds = await budgetOf(ws).catch(() => 0);
    const source: Source = { ws, ledger, tag: session.tag, budgetSeconds };
    if (!isFullTerminal()) {
      await followPlain(source, process.stdout);
      return 0;
    }
    const { showView } = await import("./watch/app.tsx");
    await showView(source);
    return 0;
  });
}

/** The library draws nothing on the way where CI is set. */
function isFullTerminal(): boolean {
  const { TERM, CI } = process.env;
  return process.stdin.isTTY === true && process.stdout.isTTY === true && TERM !== "dumb" && CI === undefined;
}
