/**
 * Proposals made ahead and several slots, through the real loop: what overlaps, what happens to a proposal whose
 * champion has moved, and what is never done.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { Entry } from "../src/ledger/events.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, TOY_PROGRAM } from "./support/repo.ts";
import { type Act, type Played, play, playing, verdicts } from "./support/toy.ts";

afterAll(removeTemps);

/** The score is the sum of two files, so that two changes can both pay and need not touch the same lines. */
const FILES = {
  ...TOY_FILES,
  "program.md": TOY_PROGRAM.replace("scope: [value.txt]", "scope: [a.txt, b.txt]"),
  "a.txt": "10\n",
  "b.txt": "10\n",
  "run.sh": 'sleep 0.4; echo "score: $(($(cat a.txt) + $(cat b.txt)))"\n',
};

const set =
  (file: string, value: number, wait = 0): Act =>
  async (turn) => {
    await delay(wait);
    writeFileSync(join(turn.dir, file), `${value}\n`);
    return { hypothesis: `${file} = ${value}` };
  };

const slots = (n: number) => Array.from({ length: n }, (_, index) => ({ index, env: {}, words: [] }));
const at = (played: Played, type: Entry["event"]["type"], experiment: number, nth = 0) =>
  played.entries.filter(({ event }) => event.type === type && "experiment" in event && event.experiment === experiment)[
    nth
  ]?.seq ?? Number.NaN;

/** Never more runs at once than slots, whatever the order; answers the most there were. */
function mostAtOnce(played: Played): number {
  let now = 0;
  let most = 0;
  for (const { event } of played.entries) {
    if (event.type === "run-asked") now += 1;
    if (event.type === "measured") now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

/** Only a commit that was itself measured becomes champion, and every kept one stands on the champion before it. */
function checkKeeps(played: Played): void {
  let champion = played.session.base as string;
  for (const { event } of played.entries) {
    if (event.type !== "judged" || event.verdict.kind !== "keep" || event.experiment === 0) continue;
    const e = played.experiments[event.experiment];
    const commit = e?.proposal?.commit as string;
    expect(e?.proposal?.parent).toBe(champion);
    expect(e?.runs.some((r) => r.commit === commit && r.measurement?.metric !== undefined)).toBe(true);
    champion = commit;
  }
  expect(played.session.champion.commit).toBe(champion);
}

describe("proposals made ahead", () => {
  test("are made while a run is on; without lookahead they are not", async () => {
    const acts = [set("a.txt", 11), set("a.txt", 12), set("a.txt", 13)];
    const ahead = await play(makeRepo(FILES), { agent: playing(acts), lookahead: 1 });
    expect(verdicts(ahead)).toEqual([
      "keep baseline",
      "discard judge",
      "discard judge",
      "discard judge",
      "discard exhausted",
    ]);
    expect(at(ahead, "proposed", 2)).toBeLessThan(at(ahead, "run-ended", 1));
    expect(mostAtOnce(ahead)).toBe(1);
    const serial = await play(makeRepo(FILES), { agent: playing(acts) });
    expect(at(serial, "experiment-opened", 2)).toBeGreaterThan(at(serial, "judged", 1));
    expect(verdicts(serial)).toEqual(verdicts(ahead));
  });

  test("are merged onto the new champion after a keep, and what is kept was itself measured", async () => {
    const lab = makeRepo(FILES);
    const played = await play(lab, { agent: playing([set("a.txt", 5), set("b.txt", 4)]), lookahead: 1 });
    expect(played.experiments.map((e) => e.verdict?.kind)).toEqual(["keep", "keep", "keep", "discard"]);
    expect(at(played, "rebased", 2)).toBeGreaterThan(at(played, "judged", 1));
    expect(at(played, "rebased", 2)).toBeLessThan(at(played, "run-asked", 2));
    checkKeeps(played);
    expect(sh(lab, "show", "autoresearch/t:a.txt", "autoresearch/t:b.txt")).toBe("5\n4\n");
    // The proposal as the agent made it stays reachable too.
    expect(sh(lab, "for-each-ref", "--format=%(refname)", "refs/nightyard/t").split("\n")).toEqual(
      expect.arrayContaining(["refs/nightyard/t/2", "refs/nightyard/t/2-on-1"]),
    );
  });

  test("go back to the agent when they cannot be merged, with the present champion under its feet", async () => {
    const seen: string[] = [];
    const again: Act = (turn) => {
      seen.push(
        readFileSync(join(turn.dir, "a.txt"), "utf8").trim(),
        JSON.stringify(turn.briefing.findings ?? "none").includes("conflict") ? "told" : "not told",
      );
      writeFileSync(join(turn.dir, "a.txt"), "3\n");
      return { hypothesis: "once more" };
    };
    const played = await play(makeRepo(FILES), {
      agent: playing([set("a.txt", 5), set("a.txt", 4), again]),
      lookahead: 1,
      limits: { experiments: 2 },
    });
    expect(seen).toEqual(["5", "told"]);
    expect(played.experiments[2]?.verdict?.kind).toBe("keep");
    expect(played.experiments[2]?.turns.map((t) => t.kind)).toEqual(["proposed", "proposed"]);
    checkKeeps(played);
  });

  test("count as duplicates when the champion has all of it already", async () => {
    const both: Act = (turn) => {
      writeFileSync(join(turn.dir, "a.txt"), "5\n");
      writeFileSync(join(turn.dir, "b.txt"), "5\n");
      return {};
    };
    const played = await play(makeRepo(FILES), {
      agent: playing([both, set("b.txt", 5)]),
      lookahead: 1,
      limits: { experiments: 2 },
    });
    expect(verdicts(played)[2]).toBe("discard duplicate");
  });
});

describe("several slots", () => {
  test("run at once, at most as many as there are", async () => {
    const acts = [12, 13, 14, 15, 16].map((value) => set("a.txt", value));
    const played = await play(makeRepo(FILES), { agent: playing(acts), slots: slots(3), lookahead: 1 });
    expect(mostAtOnce(played)).toBe(3);
    expect(played.experiments.filter((e) => e.verdict?.kind === "discard")).toHaveLength(6);
    expect(new Set(played.experiments.flatMap((e) => e.runs).map((r) => r.slot))).toEqual(new Set([0, 1, 2]));
  });

  test("a win on a stale champion is merged and run again before it is kept; a loss on it is dropped at once", async () => {
    const lab = makeRepo(FILES);
    const acts = [set("a.txt", 5), set("b.txt", 4), set("b.txt", 20)];
    const played = await play(lab, { agent: playing(acts), slots: slots(3), lookahead: 0, limits: { experiments: 3 } });
    checkKeeps(played);
    const won = played.experiments[2];
    expect(won?.verdict?.kind).toBe("keep");
    expect(played.experiments[3]?.verdict?.kind).toBe("discard");
    expect(sh(lab, "show", "autoresearch/t:a.txt", "autoresearch/t:b.txt")).toBe("5\n4\n");
  });

  test("a failure of the harness' own in one step stops the others, and nothing is lost", async () => {
    const lab = makeRepo({ ...FILES, "run.sh": 'sleep 3; echo "score: $(cat a.txt)"\n' });
    const boom = new Error("the observer broke");
    const first = await play(lab, {
      agent: playing([set("a.txt", 9), set("a.txt", 8)]),
      slots: slots(2),
      onEvent: ({ event }) => {
        if (event.type === "run-asked" && event.experiment === 2) throw boom;
      },
    });
    expect(first.error).toBe(boom);
    const second = await play(lab, { agent: playing([]), slots: slots(2) });
    expect(second.ending?.why).toBe("exhausted");
    checkKeeps(second);
    expect(second.experiments.map((e) => e.number)).toEqual(second.experiments.map((_, i) => i));
  });
});
