/** Caps: promises of a whole session, kept over its sittings and looked at before anything is spent. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Session } from "../src/ledger/session.ts";
import { reachedCap, reachedSpending, turnLimits } from "../src/plan/caps.ts";
import { exitCodeOf } from "../src/session.ts";
import { makeRepo, removeTemps, TOY_FILES } from "./support/repo.ts";
import { type Act, play, playing } from "./support/toy.ts";

afterAll(removeTemps);

/** A turn that writes a value and costs what is said. */
const costly =
  (value: string, usage: object): Act =>
  (turn) => {
    writeFileSync(join(turn.dir, "value.txt"), `${value}\n`);
    return { usage: { seconds: 0, ...usage } };
  };

const priced = (n: number, usage: object) => Array.from({ length: n }, (_, i) => costly(String(9 - i * 0.1), usage));

describe("a cap on dollars", () => {
  test("ends the session before the turn that would pass it, with exit code 5", async () => {
    const turn = { inputTokens: 900, outputTokens: 100, dollars: 0.4 };
    const agent = playing(priced(10, turn));
    const played = await play(makeRepo(TOY_FILES), { agent, caps: { dollars: 1 } });
    expect(agent.turns).toHaveLength(2);
    expect(played.ending).toEqual({ why: "cap", detail: "$0.80 of $1.00 are spent; a turn costs about $0.40" });
    expect(played.ending && exitCodeOf(played.ending)).toBe(5);
    expect(played.session.usage.dollars).toBeCloseTo(0.8);
    expect(agent.turns[1]?.limits.dollars).toBeCloseTo(0.6);
  });

  test("stays in force in the next sitting, which does not repeat it, and what was spent counts on", async () => {
    const dir = makeRepo(TOY_FILES);
    const turn = { inputTokens: 900, outputTokens: 100, dollars: 0.4 };
    await play(dir, { agent: playing(priced(1, turn)), caps: { dollars: 1 }, limits: { experiments: 1 } });
    const agent = playing([costly("5", turn), costly("4", turn), costly("3", turn)]);
    const played = await play(dir, { agent });
    expect(agent.turns).toHaveLength(1);
    expect(played.ending?.why).toBe("cap");
    expect(played.session.caps).toEqual({ dollars: 1 });
  });

  test("cannot be promised for an agent that reports no price, so the session ends instead of guessing", async () => {
    const agent = playing(priced(5, { inputTokens: 900, outputTokens: 100 }));
    const played = await play(makeRepo(TOY_FILES), { agent, caps: { dollars: 1 } });
    expect(agent.turns).toHaveLength(1);
    expect(played.ending?.detail).toMatch(/price of 1 turns is unknown/);
  });

  test("lets an agent that costs nothing go on", async () => {
    const agent = { ...playing(priced(3, {})), free: true };
    const played = await play(makeRepo(TOY_FILES), { agent, caps: { dollars: 0, tokens: 0 } });
    expect(played.ending?.why).toBe("exhausted");
    expect(played.session.usage.dollars).toBe(0);
  });

  test("stops a repair turn that would pass it; the crash is judged as it is", async () => {
    const turn = { inputTokens: 1, outputTokens: 1, dollars: 0.6 };
    const dir = makeRepo({
      ...TOY_FILES,
      "run.sh": 'grep -q bad value.txt && exit 3; echo "score: $(cat value.txt)"\n',
    });
    const agent = playing([costly("bad", turn), costly("5", turn)]);
    const played = await play(dir, { agent, caps: { dollars: 1 } });
    expect(agent.turns).toHaveLength(1);
    expect(played.experiments[1]?.verdict?.kind).toBe("crash");
    expect(played.experiments[1]?.verdict?.reason).toContain("not repaired: $0.60 of $1.00");
  });
});

test("a cap on tokens counts those read and written", async () => {
  const agent = playing(priced(10, { inputTokens: 900, outputTokens: 100 }));
  const played = await play(makeRepo(TOY_FILES), { agent, caps: { tokens: 3500 } });
  expect(agent.turns).toHaveLength(3);
  expect(played.ending?.detail).toBe("3000 of 3500 tokens are used; a turn takes about 1000");
});

test("caps on experiments and on time end the session with 5, over sittings", async () => {
  const dir = makeRepo(TOY_FILES);
  await play(dir, { agent: playing(priced(2, {})), caps: { experiments: 3 }, limits: { experiments: 2 } });
  const more = await play(dir, { agent: playing([costly("7", {}), costly("6", {})]) });
  expect(more.ending).toEqual({ why: "cap", detail: "3 of 3 experiments are made" });
  const late = await play(dir, { agent: playing(priced(2, {})), caps: { experiments: 9, seconds: 0.01 } });
  expect(late.ending?.why).toBe("cap");
  expect(late.ending?.detail).toMatch(/of 0\.01 s are used/);
});

describe("the arithmetic of caps", () => {
  const session = (caps: Session["caps"], more: Partial<Session> = {}) =>
    ({
      caps,
      usage: { seconds: 0 },
      turns: 0,
      unpriced: 0,
      uncounted: 0,
      lastExperiment: 0,
      earlierMs: 0,
      sittingMs: 0,
      ...more,
    }) as Session;

  test("nothing spent leaves all of it, and no cap leaves no limit", () => {
    expect(turnLimits(session({ dollars: 2 }))).toEqual({ dollars: 2, tokens: undefined });
    expect(turnLimits(session({}))).toEqual({ dollars: undefined, tokens: undefined });
    expect(reachedSpending(session({}))).toBeUndefined();
    expect(reachedCap(session({ seconds: 10 }), 9)).toBeUndefined();
    expect(reachedCap(session({ seconds: 10 }), 11)).toMatch(/0 of 10 s/);
  });

  test("exactly the cap may be used, and not a cent more", () => {
    const spent = { usage: { seconds: 0, dollars: 1, inputTokens: 0, outputTokens: 0 }, turns: 2 };
    expect(reachedSpending(session({ dollars: 1.5 }, spent))).toBeUndefined();
    expect(reachedSpending(session({ dollars: 1.49 }, spent))).toMatch(/\$1\.00 of \$1\.49/);
  });
});
