/**
 * SIGKILL from outside at random instants of the real command, each time resumed: every second time only the harness is
 * killed, else its whole process group with the git commands that it is waiting for. Sessions alternate: one run after
 * the other, and two at once with proposals made ahead.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { removeTemps } from "../support/repo.ts";
import { checkAfterKill, checkEnded } from "./check.ts";
import { ended, KILLS, randomFrom, SEED, startRun } from "./kills.ts";
import { type CrashLab, makeLab } from "./lab.ts";

afterAll(removeTemps);

const SHARE = Math.floor(KILLS * 0.5);

/** Long enough to come to the first step, short enough to be killed some ten times in a session. */
const EARLIEST_MS = 150;
const SPREAD_MS = 900;

/**
 * Kills a session at random instants until it has ended by itself; answers how often. On a machine so slow that a
 * sitting comes to no event of its own, the next one is given more time.
 */
async function killUntilEnded(lab: CrashLab, tag: string, random: () => number): Promise<number> {
  let patience = 1;
  let events = 0;
  for (let kills = 0; kills < 300; kills++) {
    const child = startRun(lab, tag);
    const end = ended(child);
    const ms = (EARLIEST_MS + random() * SPREAD_MS) * patience;
    await Promise.race([end, delay(ms)]);
    const pid = child.pid ?? 0;
    if (child.exitCode === null && child.signalCode === null) process.kill(kills % 2 === 0 ? pid : -pid, "SIGKILL");
    const { code, signal, err } = await end;
    if (code === 0) return kills;
    expect({ code, signal, err }, `kill ${kills + 1} of ${tag}, after ${ms} ms; ${err.slice(-1500)}`).toMatchObject({
      signal: "SIGKILL",
    });
    const { entries } = checkAfterKill(lab, tag);
    patience = entries.length > events + 1 ? Math.max(1, patience * 0.9) : patience * 1.2;
    events = entries.length;
  }
  throw new Error("300 kills, and the session has not ended");
}

it(`loses nothing and does nothing twice when it is killed at random instants (seed ${SEED})`, async () => {
  const lab = makeLab();
  const random = randomFrom(SEED + 1);
  const began = performance.now();
  let kills = 0;
  let wide = 0;
  for (let n = 1; kills < SHARE; n++) {
    const tag = `${n % 2 === 0 ? "wide" : "night"}${n}`;
    const more = await killUntilEnded(lab, tag, random);
    checkEnded(lab, tag);
    kills += more;
    if (n % 2 === 0) wide += more;
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${kills} kills at random instants, ${wide} of them with two slots; ${seconds} s, seed ${SEED}`);
  expect(wide).toBeGreaterThan(0);
  expect(kills).toBeGreaterThanOrEqual(SHARE);
}, 1_200_000);
