/** The scripted agent: the agent contract, every kind of step, and scripts that are wrong. */
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ScriptedStep, scripted } from "../../src/agents/scripted.ts";
import { UserError } from "../../src/util/user-error.ts";
import { agentContract, changedFiles } from "./contract.ts";
import { makeLab, makeTurn } from "./turn.ts";

agentContract("scripted", {
  make: () => scripted([{ edits: [{ write: "train.ts", text: "export const LEARNING_RATE = 2e-3;\n" }] }]),
  // The pid is that of a child which left the command's own process group.
  slow: (pidFile) =>
    scripted([
      { command: `setsid sh -c 'echo $$ > "${pidFile}.new"; mv "${pidFile}.new" "${pidFile}"; sleep 300' & sleep 300` },
    ]),
});

async function play(steps: readonly ScriptedStep[], experiment = 1) {
  const lab = makeLab({ "a.txt": "one one\n", "b.txt": "two\n" });
  return { lab, answer: await scripted(steps).propose(makeTurn(lab, { experiment })) };
}

describe("scripted", () => {
  it("writes, replaces, deletes, changes modes and makes links, in order", async () => {
    const { lab, answer } = await play([
      {
        edits: [
          { write: "new/deep.txt", text: "x" },
          { replace: "a.txt", find: "one", with: "$& 1" },
          { delete: "b.txt" },
          { chmod: "a.txt", mode: "755" },
          { symlink: "link", to: "/etc/passwd" },
        ],
        hypothesis: "all at once",
        memo: { n: 1 },
        usage: { dollars: 0.25 },
      },
    ]);
    expect(answer).toMatchObject({
      kind: "proposed",
      hypothesis: "all at once",
      memo: { n: 1 },
      usage: { dollars: 0.25 },
    });
    expect(readFileSync(join(lab.dir, "a.txt"), "utf8")).toBe("$& 1 $& 1\n");
    expect(lstatSync(join(lab.dir, "a.txt")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(lab.dir, "link"))).toBe("/etc/passwd");
    expect([...changedFiles(lab)].sort()).toEqual([
      " D lab/b.txt",
      " M lab/a.txt",
      "?? lab/link",
      "?? lab/new/deep.txt",
    ]);
  });

  it.each(["noChange", "refused", "failed", "exhausted"] as const)("answers %s with its reason", async (kind) => {
    const { answer } = await play([{ answer: kind, why: "because" }]);
    expect(answer).toMatchObject({ kind, why: "because" });
  });

  it("answers a rate limit with the time it ends", async () => {
    const { answer } = await play([{ answer: "rateLimited", until: "2030-01-01T00:00:00Z" }]);
    expect(answer).toMatchObject({ kind: "rateLimited", until: "2030-01-01T00:00:00Z" });
  });

  it("throws when told to", async () => {
    await expect(play([{ answer: "throws", why: "bang" }])).rejects.toThrow("bang");
  });

  it("runs a command in the lab folder and says why it failed", async () => {
    const { lab } = await play([{ command: "echo hi > made.txt" }]);
    expect(readFileSync(join(lab.dir, "made.txt"), "utf8")).toBe("hi\n");
    const failed = await play([{ command: "echo oops >&2; exit 3" }]);
    expect(failed.answer).toMatchObject({ kind: "failed", why: expect.stringContaining("oops") });
  });

  it("calls a function with the turn", async () => {
    const { lab, answer } = await play([(turn) => void writeFileSync(join(turn.dir, "f.txt"), turn.briefing.metric)]);
    expect(readFileSync(join(lab.dir, "f.txt"), "utf8")).toBe("loss");
    expect(answer.kind).toBe("proposed");
  });

  it("takes the step of the experiment, also in a new process, and is exhausted after the last", async () => {
    const steps = [{ hypothesis: "first" }, { hypothesis: "second" }];
    expect((await play(steps, 2)).answer).toMatchObject({ hypothesis: "second" });
    expect((await play(steps, 3)).answer.kind).toBe("exhausted");
  });

  it("takes one entry per turn of the same experiment, the last one again and again", async () => {
    const lab = makeLab({});
    const agent = scripted([[{ answer: "rateLimited" }, { hypothesis: "now" }]]);
    const kinds = [];
    for (let i = 0; i < 3; i++) kinds.push((await agent.propose(makeTurn(lab))).kind);
    expect(kinds).toEqual(["rateLimited", "proposed", "proposed"]);
  });

  it("ends a sleep at the timeout as failed, and at an abort with the signal's reason", async () => {
    const lab = makeLab({});
    const agent = scripted([{ sleepSeconds: 500 }]);
    const timedOut = await agent.propose(makeTurn(lab, {}, { timeoutSeconds: 0.05 }));
    expect(timedOut).toMatchObject({ kind: "failed", why: expect.stringContaining("timeout") });
    const stop = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 30);
    await expect(agent.propose(makeTurn(lab, {}, { signal: stop.signal }))).rejects.toBe(reason);
  });
});

describe("a script in a file", () => {
  const fileWith = (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), "nightyard-script-")), "script.json");
    writeFileSync(file, text);
    return file;
  };

  it("says the same as a list, and its name is the agent's", async () => {
    const file = fileWith('[{"edits":[{"write":"x.txt","text":"y"}],"hypothesis":"from a file"}]');
    const agent = scripted(file);
    expect(agent.name).toBe(`scripted:${file}`);
    const lab = makeLab({});
    expect(await agent.propose(makeTurn(lab))).toMatchObject({ kind: "proposed", hypothesis: "from a file" });
    expect(readFileSync(join(lab.dir, "x.txt"), "utf8")).toBe("y");
  });

  it.each([
    ["no JSON", "[{", /expected a JSON list of steps/],
    ["no list", "{}", /step list/],
    ["an unknown field", '[{"edit":[]}]', /step 0/],
    ["an unknown answer", '[{"answer":"maybe"}]', /step 0/],
  ])("is refused with its name and the step: %s", (_what, text, message) => {
    const file = fileWith(text);
    expect(() => scripted(file)).toThrow(UserError);
    expect(() => scripted(file)).toThrow(message);
    expect(() => scripted(file)).toThrow(file);
  });

  it("is refused when it is not there", () => {
    expect(() => scripted("/nowhere/script.json")).toThrow(UserError);
  });
});
