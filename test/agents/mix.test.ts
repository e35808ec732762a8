/** A mix of agents: how it is written, who gets the turns, and that one that is out makes room for the others. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Coin, night, nights } from "../../bench/mix/simulate.ts";
import type { Standing, Tally } from "../../src/agent/standing.ts";
import { NO_TALLY } from "../../src/agent/standing.ts";
import { draw, nextInLine } from "../../src/agents/mix/bandit.ts";
import { parseMix } from "../../src/agents/mix/parse.ts";
import { type Member, mix } from "../../src/agents/mix.ts";
import { agentOf } from "../../src/kinds.ts";
import { makeRepo, removeTemps, TOY_FILES, tempDir } from "../support/repo.ts";
import { type Act, play, playing, verdicts } from "../support/toy.ts";

afterAll(removeTemps);

const KINDS = ["claude", "codex", "tuner", "scripted", "command"];

describe("a mix on the command line", () => {
  it("is kinds with weights, and an argument may hold commas and colons", () => {
    expect(parseMix("claude:3,tuner:1", KINDS)).toEqual({
      turns: "bandit",
      parts: [
        { label: "claude", weight: 3 },
        { label: "tuner", weight: 1 },
      ],
    });
    expect(parseMix("claude:model=x,url=http://h:1*3,scripted:a.json,tuner*2", KINDS)?.parts).toEqual([
      { label: "claude:model=x,url=http://h:1", weight: 3 },
      { label: "scripted:a.json", weight: 1 },
      { label: "tuner", weight: 2 },
    ]);
    expect(parseMix("next:claude,codex,tuner", KINDS)).toMatchObject({ turns: "next", parts: { length: 3 } });
  });

  it("leaves one agent alone, whatever its argument", () => {
    for (const text of ["tuner", "claude:3", "claude:model=x,url=y", "command:node a.js --list a,b", "oracle"]) {
      expect(parseMix(text, KINDS), text).toBeUndefined();
    }
  });

  it("is read from a file, and what is wrong is said", () => {
    const file = join(tempDir(), "mix.json");
    writeFileSync(file, JSON.stringify({ agents: [{ agent: "command:a, tuner", weight: 2 }, { agent: "tuner" }] }));
    expect(parseMix(`mix:${file}`, KINDS)?.parts).toEqual([
      { label: "command:a, tuner", weight: 2 },
      { label: "tuner", weight: 1 },
    ]);
    writeFileSync(file, JSON.stringify({ agents: [{ agent: "tuner", weight: 0 }] }));
    expect(() => parseMix(`mix:${file}`, KINDS)).toThrow(/agents\.0\.weight/);
    expect(() => parseMix("mix:nowhere.json", KINDS)).toThrow(/expected the JSON of a mix/);
    expect(() => parseMix("claude:0,tuner", KINDS)).toThrow(/weight from 1 to 1000, found "claude:0"/);
    expect(() => parseMix("tuner:1,tuner:2", KINDS)).toThrow(/tuner is in it twice/);
    expect(() => agentOf("tuner,mix:x")).toThrow();
  });
});

describe("who has the next turn", () => {
  const coin = (label: string, keeps: number, more: Partial<Coin> = {}): Coin => ({
    label,
    weight: 1,
    keeps: () => keeps,
    seconds: 300,
    dollars: 0,
    ...more,
  });

  it("is mostly whoever yields three times as often, and never only that one", () => {
    const found = nights([coin("A", 0.3), coin("B", 0.1)], 60, 200);
    expect(found.share).toBeGreaterThan(0.65);
    expect(found.share).toBeLessThan(0.85);
    expect(found.least).toBeGreaterThan(0);
    const cheap = nights([coin("A", 0.2, { seconds: 100 }), coin("B", 0.2)], 60, 200);
    expect(cheap.share).toBeGreaterThan(nights([coin("A", 0.2), coin("B", 0.2)], 60, 200).share + 0.05);
  });

  it("is the same for the same seed and ledger", () => {
    const coins = [coin("A", 0.3), coin("B", 0.1)];
    expect(night(coins, 60, 5)).toEqual(night(coins, 60, 5));
    expect(night(coins, 60, 5).order).not.toEqual(night(coins, 60, 6).order);
  });

  it("follows the weights as long as nothing is known, and spares one that fails again and again", () => {
    const members = [
      { label: "A", weight: 3 },
      { label: "B", weight: 1 },
    ];
    const count = (tallies: Standing["tallies"]) =>
      Array.from({ length: 1000 }, (_, i) => draw(members, tallies, i)).filter((m) => m.label === "A").length;
    expect(count({})).toBeGreaterThan(700);
    expect(count({})).toBeLessThan(950);
    const broken: Tally = { ...NO_TALLY, failures: 3 };
    expect(count({ A: broken })).toBeLessThan(150);
    expect(count({ A: broken })).toBeGreaterThan(20);
  });

  it("in a list is the champion's maker until a plateau, then the next, around", () => {
    const all = ["a", "b", "c"].map((label) => ({ label, weight: 1 }));
    const at = (sinceKeep: number, championBy?: string, plateau = 4) =>
      nextInLine(all, all, { tallies: {}, sinceKeep, plateau, championBy }).label;
    expect([0, 3, 4, 8, 12].map((n) => at(n))).toEqual(["a", "a", "b", "c", "a"]);
    expect([0, 4, 8].map((n) => at(n, "b"))).toEqual(["b", "c", "a"]);
    expect(at(100, "b", 0)).toBe("b");
    const tallies = { b: { ...NO_TALLY, failures: 3 } };
    expect(nextInLine(all, all, { tallies, sinceKeep: 4, plateau: 4 }).label).toBe("c");
  });
});

describe("a session with a mix", () => {
  const write =
    (text: string): Act =>
    (turn) => {
      writeFileSync(join(turn.dir, "value.txt"), text);
      return {};
    };
  const member = (label: string, acts: readonly Act[], weight = 1): Member => ({ label, weight, agent: playing(acts) });

  it("names who proposed, goes on with the others when one has nothing left, and ends when none has", async () => {
    const numbers = Array.from({ length: 6 }, (_, i) => write(String(9 - i)));
    const agent = mix([member("short", []), member("long", numbers)], "bandit");
    const played = await play(makeRepo(TOY_FILES), { agent });
    const turns = played.experiments.flatMap((e) => e.turns.map((t) => `${e.number} ${t.agent} ${t.kind}`));
    expect(turns.filter((t) => t.includes("short"))).toEqual([expect.stringMatching(/^\d short exhausted$/)]);
    expect(turns.filter((t) => t.includes("long proposed")).length).toBe(6);
    expect(verdicts(played).slice(0, 7)).toEqual(["keep baseline", ...Array(6).fill("keep judge")]);
    expect(played.ending?.why).toBe("exhausted");
    expect(played.session.agents.long?.kept).toBeGreaterThan(5);
    expect(played.session.agents.short?.exhausted).toBe(true);
  });

  it("asks another one at once while one is rate-limited, and has a crash repaired by its maker", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const limited: Act = () => ({ kind: "rateLimited", until });
    const first = member("limited", [limited, write("1")], 1000);
    const second = member("other", [write("nothing"), write("9"), write("8")], 1);
    const agent = mix([first, second], "next");
    const played = await play(
      makeRepo({
        ...TOY_FILES,
        "run.sh": 'test -n "$(tr -dc 0-9 < value.txt)" || exit 1\necho "score: $(cat value.txt)"\n',
      }),
      {
        agent,
        limits: { experiments: 2 },
      },
    );
    expect(played.experiments[1]?.turns.map((t) => `${t.agent} ${t.kind}`)).toEqual([
      "limited rateLimited",
      "other proposed",
      "other proposed",
    ]);
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "keep judge"]);
    expect(played.session.agents.limited?.restsUntil).toBe(until);
  });
});
