/**
 * Takes the person's tags from the spool into the ledger: of this session, or of another one of the lab, since this
 * process is the one that may write. Not covered: an experiment that is not there; what was asked is noted and let go.
 */
import { append, experimentOf, sessionOf } from "../ledger.ts";
import { forget, type Spooled, setAside, type TagMessage, waitingIn } from "../spool.ts";
import { MOST_TAGS } from "../tags.ts";
import { record, type Yard } from "../yard.ts";

export async function takeTags(yard: Yard): Promise<void> {
  const { stateDir } = yard.ws;
  const { messages, faults } = await waitingIn(stateDir, "tag");
  for (const { id, why } of faults) {
    await setAside(stateDir, id, "tag");
    record(yard, { type: "noted", what: "a tag cannot be read", detail: `${id}: ${why}` });
  }
  for (const message of messages) {
    takeOne(yard, message);
    await forget(stateDir, message.id, "tag");
  }
}

function takeOne(yard: Yard, { id, session: tag, experiment, add, remove }: Spooled<TagMessage>): void {
  const session = sessionOf(yard.ledger, tag);
  // Killed between writing it into the ledger and removing it.
  if (session?.taken.includes(id)) return;
  const before = session === undefined ? undefined : experimentOf(yard.ledger, tag, experiment);
  const left = (before?.tags ?? []).filter((known) => !remove.includes(known));
  const tooMany = new Set([...left, ...add]).size > MOST_TAGS;
  if (session === undefined || before === undefined || tooMany) {
    const why = tooMany ? `it would have more than ${MOST_TAGS}` : "there is no such experiment";
    record(yard, { type: "noted", what: "tags were not taken", detail: `session ${tag}, ${experiment}: ${why}` });
    return;
  }
  const event = { type: "tagged" as const, experiment, add: [...add], remove: [...remove], id };
  if (tag === yard.tag) record(yard, event);
  else append(yard.ledger, tag, event, session.sittingMs);
}
