/** Kept changes are left out one at a time: real git, real runs. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { ablate, planAblate } from "../src/ablate.ts";
import { night, nightyard, of, program, put, rest, SUM_FILES } from "./support/after.ts";
import { makeRepo, removeTemps, sh, tempDir } from "./support/repo.ts";
import { ablateJson } from "./support/shapes.ts";
import { play, playing } from "./support/toy.ts";

// Real runs and processes, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 });
afterAll(removeTemps);

describe("ablate", () => {
  it("names the passenger, leaves alone what others build on, and leaves everything as it was", async () => {
    const luck = join(tempDir(), "luck");
    writeFileSync(luck, "");
    const run = `s=$(cat a.txt b.txt c.txt | awk '{s+=$1} END {print s}'); test -f '${luck}' || s=$((s + 5 - $(cat c.txt))); echo "score: $s"\n`;
    const dir = makeRepo({ ...SUM_FILES, "run.sh": run });
    const acts = [
      put("by luck", { "c.txt": "4\n" }),
      put("a", { "a.txt": "9\n" }),
      put("b", { "b.txt": "0\n2\n3\n4\n5\n6\n" }),
      put("a again", { "a.txt": "7\n" }),
    ];
    const played = await play(dir, { agent: playing(acts) });
    expect(played.session.counts.keep).toBe(5);
    rmSync(luck);
    const refs = sh(dir, "for-each-ref");
    const dry = nightyard(dir, "ablate", "--dry-run");
    expect(dry.out).toContain("e0002  cannot be left out alone: e0004 builds on it");
    const done = nightyard(dir, "ablate", "--no-sandbox");
    expect(done.code).toBe(0);
    expect(done.out).toContain("e0001  by luck\n    no longer pays; without it and with it: score 32 → 32");
    expect(done.out).toContain("e0003  b\n    pays; without it and with it: score 33 → 32");
    expect(done.out).toContain("e0004  a again\n    pays; without it and with it: score 34 → 32");
    expect(done.out).toMatch(/no longer pays: e0001\n$/);
    expect(sh(dir, "for-each-ref")).toBe(refs);
    const after = await night(dir);
    expect(after.session).toEqual(played.session);
    const [event] = of(after.events, "ablated");
    expect(event?.without.map((w) => [w.change, w.payment?.word ?? w.why])).toEqual([
      [1, "no longer pays"],
      [2, "cannot be left out alone: e0004 builds on it"],
      [3, "pays"],
      [4, "pays"],
    ]);
    const json = ablateJson.parse(JSON.parse(nightyard(dir, "ablate", "--no-sandbox", "--json").out));
    expect(json.changes?.map((c) => c.leftOut)).toEqual([true, false, true, true]);
  });

  it("says of a change that others did away with that nothing of it is left", async () => {
    const dir = makeRepo(SUM_FILES);
    const acts = [
      put("b", { "b.txt": "0\n2\n3\n4\n5\n6\n" }),
      put("undo and more", { "b.txt": "1\n2\n3\n4\n5\n6\n", "a.txt": "1\n" }),
    ];
    await play(dir, { agent: playing(acts) });
    const { ws, session, experiments } = await night(dir);
    const plan = await planAblate(ws, session, experiments);
    expect(plan.map((left) => left.kind)).toEqual(["gone", "out"]);
    const result = await ablate({ ...rest(ws), plan });
    expect(result.changes.map((c) => c.payment?.word)).toEqual([undefined, "pays"]);
  });

  it("cannot tell from few noisy runs, and says about how many more it takes", async () => {
    // Noise of about 1 from the seed; each change is worth about a tenth of that in truth.
    const noisy = "awk -v s=$NIGHTYARD_SEED 'BEGIN { srand(s); for (i = 0; i < 12; i++) u += rand(); print u - 6 }'";
    const files = {
      ...SUM_FILES,
      "program.md": program("confirm-runs: 2\n", false),
      "run.sh": `echo "score: $(echo "$(cat a.txt) $(${noisy})" | awk '{print $1 + $2}')"\n`,
    };
    const dir = makeRepo(files);
    const played = await play(dir, {
      agent: playing([put("much", { "a.txt": "-10\n" }), put("little", { "c.txt": "4\n" })]),
    });
    const { ws, session, experiments } = await night(dir);
    expect(played.session.champion.experiment).toBeGreaterThan(0);
    const plan = await planAblate(ws, session, experiments);
    const result = await ablate({ ...rest(ws), plan, runs: 3 });
    const [much] = result.changes;
    expect([much?.payment?.word, much?.payment?.runs]).toEqual(["pays", [3, 3]]);
    expect(much?.payment?.gain?.lo).toBeGreaterThan(10);
    const runs = of((await night(dir)).events, "remeasured");
    expect(new Set(runs.map((r) => r.seed)).size).toBe(runs.length);
    // Interleaved, forwards and backwards in turn.
    expect(runs.map((r) => r.arm).slice(0, 4)).toEqual(
      plan.length === 1 ? ["champion", "e1", "e1", "champion"] : ["champion", "e1", "e2", "e2"],
    );
    expect((await night(dir)).session).toEqual(played.session);
  });
});
