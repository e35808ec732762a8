/** A note from the page: the same message as that of `nightyard note`, into the same spool. */
import { handIn, spoolId } from "../spool.ts";
import { plainText } from "../util/text.ts";
import { ensureStateDir, type Workspace } from "../workspace.ts";
import { type Access, sameToken } from "./guard.ts";

const MOST_NOTE = 1000;

export interface NotTaken {
  readonly text: string;
  readonly status: 400 | 403 | 503;
}

/** Hands the note in; why not, when it was not taken. */
export async function takeNote(
  ws: Workspace,
  { writeToken }: Access,
  form: Readonly<Record<string, unknown>>,
): Promise<NotTaken | undefined> {
  if (writeToken === undefined)
    return { text: "this page only reads; start it with: nightyard ui --write", status: 403 };
  if (typeof form.token !== "string" || !sameToken(form.token, writeToken)) {
    return { text: "the page is from before a restart; load it again", status: 403 };
  }
  const text = typeof form.text === "string" ? plainText(form.text, MOST_NOTE + 1) : "";
  if (text === "" || text.length > MOST_NOTE) {
    return { text: `a note has 1 to ${MOST_NOTE} characters; what is longer belongs into program.md`, status: 400 };
  }
  await ensureStateDir(ws);
  const taken = await handIn(ws.stateDir, spoolId(), { kind: "note", text });
  return taken === undefined ? { text: "too many notes wait already; a session takes them", status: 503 } : undefined;
}
