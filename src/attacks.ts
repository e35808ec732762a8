/**
 * The attacks of `nightyard attack`: one plain table. A new attack is one value in its family's file (`attacks/`).
 */
import { ARTEFACT } from "./attacks/artefact.ts";
import type { Attack } from "./attacks/attack.ts";
import { FROZEN } from "./attacks/frozen.ts";
import { LEFTOVER } from "./attacks/leftover.ts";
import { REACH } from "./attacks/reach.ts";
import { SCORE } from "./attacks/score.ts";
import { WORDS } from "./attacks/words.ts";
import { UserError } from "./util/user-error.ts";

/** In the order in which they are played: the cheap ones first. */
export const ATTACKS: readonly Attack[] = [...FROZEN, ...SCORE, ...ARTEFACT, ...REACH, ...WORDS, ...LEFTOVER];

/** The attacks of these names or families, all when there are none; throws UserError for a name that is not there. */
export function chooseAttacks(names: readonly string[]): readonly Attack[] {
  if (names.length === 0) return ATTACKS;
  for (const name of names) {
    if (ATTACKS.some((a) => a.name === name || a.family === name)) continue;
    const known = [...new Set(ATTACKS.flatMap((a) => [a.family, a.name]))].join(", ");
    throw new UserError(`--attacks: expected some of ${known}; found "${name}"`, { fix: "nightyard attack --dry-run" });
  }
  // What old-artefact looks for is put aside by the first run that does its work.
  const wanted = [...names, ...(names.some((n) => n === "old-artefact" || n === "artefact") ? ["claim-line"] : [])];
  return ATTACKS.filter((a) => wanted.includes(a.name) || wanted.includes(a.family));
}
