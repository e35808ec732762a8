/** Tags from the page: the same as `nightyard tag`, by the same way into the ledger. */
import { putTags, whyNot } from "../cli/tag.ts";
import { experimentOf } from "../ledger.ts";
import { tagsIn } from "../tags.ts";
import { UserError } from "../util/user-error.ts";
import { type Access, sameToken } from "./guard.ts";
import type { NotTaken } from "./notes.ts";
import type { Watch } from "./watch.ts";

/** Records the tags or hands them to the session that runs; why not, when they were not taken. */
export async function takeTagging(
  { ws, ledger }: Pick<Watch, "ws" | "ledger">,
  { writeToken }: Access,
  at: { readonly session: string; readonly experiment: number },
  form: Readonly<Record<string, unknown>>,
): Promise<NotTaken | undefined> {
  if (writeToken === undefined)
    return { text: "this page only reads; start it with: nightyard ui --write", status: 403 };
  if (typeof form.token !== "string" || !sameToken(form.token, writeToken)) {
    return { text: "the page is from before a restart; load it again", status: 403 };
  }
  const field = (name: string) => tagsIn(typeof form[name] === "string" ? String(form[name]).slice(0, 1000) : "").tags;
  const tagging = { add: field("add"), remove: field("remove") };
  const e = experimentOf(ledger, at.session, at.experiment);
  const why = e === undefined ? "there is no such experiment" : whyNot(e, tagging);
  if (why !== undefined) return { text: why, status: 400 };
  try {
    await putTags(ws, { ...at, ...tagging });
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return { text: error.message, status: 503 };
    throw error;
  }
}
