/**
 * SIGKILL right after every event of a session, one after the other, each time resumed; then sessions killed after
 * random numbers of events.
 */
import { afterAll, expect, it } from "vitest";
import { removeTemps } from "../support/repo.ts";
import { checkAfterKill, checkCleared, checkEnded } from "./check.ts";
import { ended, KILLS, randomFrom, SEED, startVictim } from "./kills.ts";
import { type CrashLab, makeLab } from "./lab.ts";

afterAll(removeTemps);

/** The larger part: its kills are cheaper. */
const SHARE = Math.ceil(KILLS * 0.5);

/** Kills a session after `next` events of each sitting until it ends; answers how often. */
async function killUntilEnded(lab: CrashLab, tag: string, next: (last: string | undefined) => number): Promise<number> {
  let last: string | undefined;
  for (let kills = 0; kills < 500; kills++) {
    // Killed after its last event, it has nothing left to do but to see that.
    const k = last === "session-ended" ? 0 : next(last);
    const end = await ended(startVictim(lab, tag, k));
    if (end.code === 0) return kills;
    expect(end, `kill ${kills + 1} of ${tag}, after event ${k}; ${end.err.slice(-1500)}`).toMatchObject({
      signal: "SIGKILL",
    });
    last = checkAfterKill(lab, tag).entries.at(-1)?.event.type;
  }
  throw new Error("500 kills, and the session has not ended");
}

it(`loses nothing and does nothing twice when it is killed after every event (seed ${SEED})`, async () => {
  const lab = makeLab();
  const began = performance.now();
  // The first event of a sitting is its start; a second look at what was refused or noted comes before any progress.
  const every = await killUntilEnded(lab, "every", (last) => (last === "integrity" || last === "noted" ? 3 : 2));
  checkEnded(lab, "every");
  const random = randomFrom(SEED);
  let kills = every;
  for (let n = 1; kills < SHARE; n++) {
    // Every second one with two slots and proposals made ahead.
    const tag = `${n % 2 === 0 ? "some" : "wide"}${n}`;
    kills += await killUntilEnded(lab, tag, () => 1 + Math.floor(random() * 4));
    checkEnded(lab, tag);
  }
  // One more sitting, which has nothing to do but to sweep.
  expect(await ended(startVictim(lab, "every", 0))).toMatchObject({ code: 0 });
  checkCleared(lab);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `${kills} kills at events, ${every} of them one after each event of a session; ${seconds} s, seed ${SEED}`,
  );
  expect(kills).toBeGreaterThanOrEqual(SHARE);
}, 1_200_000);
