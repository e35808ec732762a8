/**
 * Takes the person's notes from the spool into the ledger; the next briefing has them.
 */
import { forget, setAside, waitingIn } from "../spool.ts";
import { plainText } from "../util/text.ts";
import { record, sessionNow, type Yard } from "../yard.ts";

export async function takeNotes(yard: Yard): Promise<void> {
  const { stateDir } = yard.ws;
  const { messages, faults } = await waitingIn(stateDir, "note");
  if (messages.length === 0 && faults.length === 0) return;
  for (const { id, why } of faults) {
    await setAside(stateDir, id, "note");
    record(yard, { type: "noted", what: "a note cannot be read", detail: `${id}: ${why}` });
  }
  const { taken } = sessionNow(yard);
  for (const { id, text } of messages) {
    const clean = plainText(text, 1000);
    if (!taken.includes(id) && clean !== "") record(yard, { type: "note", id, text: clean });
    await forget(stateDir, id, "note");
  }
}
