/**
 * Every cheat of `cheats/`, through the real loop: the recorded score does not move, the try is named in an integrity
 * event (or it is said here why there is none), it is not kept, and the honest change after it is.
 *
 * A cheat that only the sandbox stops is played inside it, and skipped loudly where there is none.
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { component } from "../support/component.ts";
import { removeTemps, sh, writeFiles } from "../support/repo.ts";
import { NO_SANDBOX, play, playing, verdicts } from "../support/toy.ts";
import { runs } from "./act.ts";
import { type Cheat, type Expectation, eventsOf, HONEST, HONEST_SCORE, labOf, START_SCORE } from "./cheat.ts";
import { forgery } from "./cheats/write-ledger.ts";

afterAll(removeTemps);

const { sandbox } = await probeSandbox();
const isFenced = component(sandbox.kind !== "none", "bubblewrap", "apt-get install bubblewrap");
const names = readdirSync(new URL("cheats/", import.meta.url)).sort();
const cheats = await Promise.all(
  names.map(async (name) => ((await import(`./cheats/${name.slice(0, -3)}.ts`)) as { readonly cheat: Cheat }).cheat),
);

async function tryIt(cheat: Cheat, fence: Sandbox, expected: Expectation): Promise<void> {
  const dir = labOf(cheat);
  const tries = cheat.experiments ?? cheat.acts.length;
  const status = sh(dir, "status", "--porcelain=v2", "--branch");
  const honest = playing([...cheat.acts, (turn) => writeFiles(turn.dir, { "value.txt": `${HONEST}\n` }) as undefined]);
  const played = await play(dir, { agent: honest, sandbox: fence, limits: { experiments: tries + 1 } });
  if (played.error !== undefined) throw played.error;
  const [baseline, ...rest] = played.experiments;
  const metric = (e: typeof baseline) => e?.runs.map((r) => r.measurement?.metric);
  expect(metric(baseline)).toEqual([START_SCORE]);
  for (const e of rest.slice(0, -1)) {
    expect(e.verdict?.kind).not.toBe("keep");
    for (const m of metric(e) ?? []) expect([undefined, START_SCORE]).toContain(m);
  }
  const last = rest[tries - 1];
  expect(`${last?.verdict?.kind} ${last?.verdict?.rule}: ${last?.verdict?.reason}`).toMatch(expected.verdict);
  const events = rest.slice(0, -1).flatMap((e) => eventsOf(played.entries, e.number));
  if (expected.event === undefined) expect(events).toEqual([]);
  else if (expected.noEvent === undefined || events.length > 0) expect(events.join("\n")).toMatch(expected.event);
  expect(eventsOf(played.entries, rest.length)).toEqual([]);
  expect(verdicts(played).at(-1)).toBe("keep judge");
  expect(metric(rest.at(-1))).toEqual([HONEST_SCORE]);
  expect(sh(dir, "status", "--porcelain=v2", "--branch")).toBe(status);
  await cheat.afterwards?.(played, dir);
}

describe("each cheat", () => {
  it("is described by one sentence and says what to expect, or why there is nothing to see", () => {
    expect(cheats.length).toBeGreaterThan(40);
    for (const [i, cheat] of cheats.entries()) {
      expect(`${cheat.name}.ts`).toBe(names[i]);
      expect(cheat.tries).toMatch(/^[A-Z].*\.$/);
      const given = [cheat.open, cheat.fenced].filter((e) => e !== undefined);
      expect(given.length).toBeGreaterThan(0);
      for (const e of given) expect([e.event, e.noEvent].filter((x) => x !== undefined).length).toBeGreaterThan(0);
    }
  });
});

describe("SECURITY.md", () => {
  it("tells of every cheat", () => {
    const text = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8");
    expect(cheats.map(({ name }) => name).filter((name) => !new RegExp(`[ |]${name}[ ,|]`).test(text))).toEqual([]);
  });
});

describe("without a sandbox", () => {
  for (const cheat of cheats) {
    const { open } = cheat;
    if (open !== undefined) it(`${cheat.name}: ${cheat.tries}`, () => tryIt(cheat, NO_SANDBOX, open), 60_000);
  }
});

describe.skipIf(!isFenced)("inside the sandbox", () => {
  for (const cheat of cheats) {
    const { fenced } = cheat;
    if (fenced !== undefined) it(`${cheat.name}: ${cheat.tries}`, () => tryIt(cheat, sandbox, fenced), 60_000);
  }
});

describe("a ledger that a run without a sandbox wrote into", () => {
  it("ends the session with exit code 6 and a way back, and the forged score counts nowhere", async () => {
    const dir = labOf({ name: "", tries: "", acts: [] });
    const played = await play(dir, { agent: playing([runs(forgery)]), limits: { experiments: 2 } }).catch((e) => e);
    const error = played instanceof Error ? played : played.error;
    expect(error).toMatchObject({ exitCode: 6 });
    expect((error as Error).message).toContain("another program wrote into it");
  });
});
