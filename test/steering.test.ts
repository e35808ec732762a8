/** A person steers a session: notes, their own changes, pauses of a broken agent. Real git, real runs, the real command. */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { Agent } from "../src/agent.ts";
import { waitingWords, waitsUntil } from "../src/cli/waiting.ts";
import { closeLedger, experimentsOf, readLedger, sessionOf } from "../src/ledger.ts";
import { handIn, MAX_WAITING, spoolId, waitingIn } from "../src/spool.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, TOY_PROGRAM, tempDir } from "./support/repo.ts";
import { type Act, play, playing, verdicts } from "./support/toy.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));

function nightyard(cwd: string, ...args: readonly string[]) {
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", timeout: 120_000 });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

const write =
  (text: string): Act =>
  (turn) => {
    writeFileSync(join(turn.dir, "value.txt"), text);
    return {};
  };

const inbox = (dir: string) => readdirSync(join(dir, ".nightyard/inbox"));
const LATE = () => new Date(Date.now() + 3_600_000).toISOString();

describe("a note", () => {
  it("waits for a session, is in the next briefing, and is taken once", async () => {
    const dir = makeRepo(TOY_FILES);
    const left = nightyard(dir, "note", "leave the \u001b[31mtokenizer\nalone");
    expect(left.code).toBe(0);
    expect(left.out).toContain("no session runs on this lab; it is taken at the next start");
    const [file = ""] = inbox(dir);
    const saved = join(tempDir(), file);
    copyFileSync(join(dir, ".nightyard/inbox", file), saved);
    const agent = playing([
      () => {
        copyFileSync(saved, join(dir, ".nightyard/inbox", file));
        return { kind: "noChange" };
      },
      write("9"),
    ]);
    const played = await play(dir, { agent });
    const told = agent.turns.map((t) => t.briefing.findings?.notes.map((n) => n.text));
    expect(told.slice(0, 2)).toEqual([["leave the tokenizer\nalone"], ["leave the tokenizer\nalone"]]);
    expect(played.entries.filter((e) => e.event.type === "note").length).toBe(1);
    expect(inbox(dir)).toEqual([]);
  });

  it("that is empty, too long or one too many is refused, and a file that is none is set aside", async () => {
    const dir = makeRepo(TOY_FILES);
    expect(nightyard(dir, "note", " ").code).toBe(2);
    expect(nightyard(dir, "note", "x".repeat(1001)).err).toContain("expected 1 to 1000 characters");
    expect(nightyard(dir, "note", "later", "--dry-run").out).toContain("would leave a note");
    expect(existsSync(join(dir, ".nightyard"))).toBe(false);
    const state = join(dir, ".nightyard");
    const ids = Array.from({ length: MAX_WAITING - 2 }, (_, i) => spoolId(i));
    for (const id of ids) await handIn(state, id, { kind: "note", text: id });
    writeFileSync(join(state, "inbox", "99999999999998-00000000-note.json"), '{"kind":"note","text":7}');
    symlinkSync("/etc/passwd", join(state, "inbox", "99999999999999-00000000-note.json"));
    expect(nightyard(dir, "note", "one too many").err).toContain(`${MAX_WAITING} messages wait already`);
    const { messages, faults } = await waitingIn(state, "note");
    expect(messages.map((m) => m.id)).toEqual(ids);
    expect(faults.length).toBe(2);
    const played = await play(dir, { agent: playing([write("9")]) });
    expect(played.session.notes.length).toBe(20);
    expect(
      played.entries.filter((e) => e.event.type === "noted" && e.event.what === "a note cannot be read").length,
    ).toBe(2);
    expect(inbox(dir).filter((name) => name.endsWith(".json"))).toEqual([]);
  });
});

describe("a person's own change", () => {
  it("from the working tree is judged as the next experiment, and nothing of the person's is touched", async () => {
    const dir = makeRepo(TOY_FILES);
    writeFileSync(join(dir, "value.txt"), "7\n");
    writeFileSync(join(dir, "program.md"), `${TOY_PROGRAM}More.\n`);
    writeFileSync(join(dir, "README.md"), "staged\n");
    sh(dir, "add", "README.md");
    const before = sh(dir, "status", "--porcelain=v2", "--branch");
    const handed = nightyard(dir, "propose", "seven is better");
    expect(handed.err).toBe("");
    expect(handed.out).toMatch(
      /handed in [0-9a-f]{12} \(value.txt\); out of scope and left out: README.md, program.md/,
    );
    expect(sh(dir, "status", "--porcelain=v2", "--branch")).toBe(before);
    const [file = ""] = inbox(dir);
    const saved = join(tempDir(), file);
    copyFileSync(join(dir, ".nightyard/inbox", file), saved);
    const again: Act = (turn) => {
      // As if the harness had been killed after it wrote the change into the ledger and before it removed the file.
      copyFileSync(saved, join(dir, ".nightyard/inbox", file));
      return write("6")(turn);
    };
    const agent = playing([again]);
    const played = await play(dir, { agent });
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "keep judge", "discard exhausted"]);
    expect(played.experiments[1]?.turns).toMatchObject([{ agent: "person", kind: "proposed" }]);
    expect(played.experiments[1]?.proposal).toMatchObject({ hypothesis: "seven is better", files: ["value.txt"] });
    expect(played.experiments[2]?.turns).toMatchObject([{ agent: "playing" }]);
    expect(sh(dir, "show", `${played.experiments[1]?.proposal?.commit}:value.txt`)).toBe("7\n");
    expect(agent.turns[0]?.briefing.past.map((p) => p.hypothesis)).toEqual(["seven is better"]);
    expect(sh(dir, "status", "--porcelain=v2", "--branch")).toBe(before);
    expect(inbox(dir)).toEqual([]);
  });

  it("is put onto the champion, and where it does not fit that is said and costs the agent nothing", async () => {
    const lines = (a: string, b: string) => `${a}\n\n\n\n\n\n${b}\n`;
    const program = TOY_PROGRAM;
    const run = "echo \"score: $(awk '{ s += $1 } END { print s }' value.txt)\"\n";
    const dir = makeRepo({ ...TOY_FILES, "program.md": program, "run.sh": run, "value.txt": lines("10", "20") });
    await play(dir, { agent: playing([write(lines("9", "20"))]), limits: { experiments: 1 } });
    writeFileSync(join(dir, "value.txt"), lines("10", "15"));
    expect(nightyard(dir, "propose", "fits").code).toBe(0);
    writeFileSync(join(dir, "value.txt"), lines("3", "20"));
    expect(nightyard(dir, "propose", "does not fit").code).toBe(0);
    const played = await play(dir, { agent: playing([]), limits: { experiments: 5 } });
    expect(verdicts(played).slice(2)).toEqual(["keep judge", "discard handed in", "discard exhausted"]);
    expect(sh(dir, "show", `${played.experiments[2]?.proposal?.commit}:value.txt`)).toBe(lines("9", "15"));
    expect(played.experiments[3]?.verdict?.reason).toBe(
      "it does not fit onto the champion: value.txt (its files are on autoresearch/t)",
    );
    expect(played.session.agentFailures).toBe(0);
  });

  it("from a branch is taken whole; out of scope it is refused at once, or by the scope that is then in force", async () => {
    const dir = makeRepo({ ...TOY_FILES, "program.md": TOY_PROGRAM.replace("[value.txt]", "[value.txt, other.txt]") });
    sh(dir, "switch", "--quiet", "-c", "mine");
    writeFileSync(join(dir, "value.txt"), "8\n");
    sh(dir, "commit", "--quiet", "-am", "eight");
    writeFileSync(join(dir, "other.txt"), "new\n");
    sh(dir, "add", ".");
    sh(dir, "commit", "--quiet", "-m", "a new file");
    writeFileSync(join(dir, "run.sh"), "echo score: 0\n");
    sh(dir, "commit", "--quiet", "-am", "cheat");
    sh(dir, "switch", "--quiet", "main");
    const refused = nightyard(dir, "propose", "cheat", "--from", "mine");
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining("it changes what is out of scope: run.sh"),
    ]);
    expect(nightyard(dir, "propose", "x", "--from", "nowhere").code).toBe(2);
    expect(nightyard(dir, "propose", "nothing").err).toContain(
      "nothing in scope (value.txt, other.txt) differs from HEAD",
    );
    expect(nightyard(dir, "propose", "eight", "--from", "mine~1").code).toBe(0);
    expect(nightyard(dir, "propose", "eight again", "--from", "mine~1").code).toBe(0);
    const played = await play(dir, { agent: playing([]) });
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "discard no change", "discard exhausted"]);
    expect(played.experiments[1]?.proposal?.files).toEqual(["other.txt", "value.txt"]);
    const dir2 = makeRepo({ ...TOY_FILES });
    writeFileSync(join(dir2, "value.txt"), "5\n");
    expect(nightyard(dir2, "propose", "five").code).toBe(0);
    writeFileSync(join(dir2, "program.md"), TOY_PROGRAM.replace("[value.txt]", "[README.md]"));
    expect(verdicts(await play(dir2, { agent: playing([]) }))[1]).toBe("discard scope");
  });

  it("that crashes is not repaired by an agent", async () => {
    const dir = makeRepo(TOY_FILES);
    writeFileSync(join(dir, "value.txt"), "nonsense\n");
    nightyard(dir, "propose", "nonsense");
    const agent = playing([]);
    const played = await play(dir, { agent });
    expect(verdicts(played)[1]).toBe("crash crash");
    expect(agent.turns.every((t) => t.briefing.crashLog === undefined)).toBe(true);
  });

  it("ends the wait for an agent that is rate-limited", async () => {
    const dir = makeRepo(TOY_FILES);
    const until = LATE();
    const limited: Act = () => {
      writeFileSync(join(dir, "value.txt"), "4\n");
      setTimeout(() => spawn(process.execPath, [BIN, "propose", "four"], { cwd: dir }), 100);
      return { kind: "rateLimited", until };
    };
    const played = await play(dir, { agent: playing([limited]), limits: { experiments: 1 } });
    expect(played.experiments[1]?.turns.map((t) => `${t.agent} ${t.kind}`)).toEqual([
      "playing rateLimited",
      "person proposed",
    ]);
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge"]);
  });

  it("and a note reach a session that runs, by the command alone", async () => {
    const dir = makeRepo(TOY_FILES);
    const script = join(tempDir(), "steps.json");
    const step = { edits: [{ write: "value.txt", text: "12" }], hypothesis: "twelve", sleepSeconds: 6 };
    writeFileSync(script, JSON.stringify([step]));
    const args = ["run", ".", "--tag", "t", "--no-sandbox", "--experiments", "2", "--agent", `scripted:${script}`];
    const child = spawn(process.execPath, [BIN, ...args], { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    let err = "";
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    for (let i = 0; i < 300 && !err.includes("baseline run 1"); i++) await delay(100);
    writeFileSync(join(dir, "value.txt"), "5\n");
    const proposed = nightyard(dir, "propose", "five");
    expect(proposed.out).toMatch(/session t \(process \d+\) takes it at its next step/);
    expect(nightyard(dir, "note", "go on").out).toMatch(/session t \(process \d+\)/);
    expect(await ended).toBe(0);
    expect(err).toContain("your note is in the ledger");
    const ledger = readLedger(join(dir, ".nightyard"));
    if (ledger === undefined) throw new Error("no ledger");
    const experiments = experimentsOf(ledger, "t");
    const session = sessionOf(ledger, "t");
    closeLedger(ledger);
    expect(experiments.flatMap((e) => e.turns.map((t) => t.agent)).includes("person")).toBe(true);
    expect(experiments.find((e) => e.proposal?.hypothesis === "five")?.verdict?.kind).toBe("keep");
    expect(session?.notes.map((n) => n.text)).toEqual(["go on"]);
    expect(session?.integrity).toBe(0);
  });
});

describe("an agent that fails again and again", () => {
  const broken = (): Agent => playing(Array<Act>(30).fill(() => ({ kind: "failed", why: "no network" })));

  it("gets pauses with a probe in between, the person is told once, then the session ends", async () => {
    const played = await play(makeRepo(TOY_FILES), { agent: broken(), agentPauses: [0.05, 0.1] });
    const kinds = played.entries.flatMap(({ event }) =>
      event.type === "paused"
        ? ["pause"]
        : event.type === "noted"
          ? [event.what]
          : event.type === "judged"
            ? ["-"]
            : [],
    );
    expect(kinds.join(" ")).toBe("- - - - - - pause needs you - pause - needs you");
    expect(played.ending?.why).toBe("agent");
    expect(played.session.pauses).toBe(2);
  });

  it("begins anew with its pauses once it has proposed something", async () => {
    const fail: Act = () => ({ kind: "failed", why: "no network" });
    const acts = [...Array<Act>(5).fill(fail), write("9"), ...Array<Act>(6).fill(fail)];
    const played = await play(makeRepo(TOY_FILES), { agent: playing(acts), agentPauses: [0.05] });
    expect(played.entries.filter((e) => e.event.type === "paused").length).toBe(2);
    expect(played.ending?.why).toBe("agent");
  });

  it("is shown as waiting, with the time", () => {
    const now = new Date(2026, 0, 2, 0, 30);
    const until = new Date(2026, 0, 2, 1, 5).toISOString();
    expect(waitingWords(until, now)).toBe("waiting for the agent until 01:05");
    expect(waitingWords(new Date(2026, 0, 3, 9, 0).toISOString(), now)).toBe("waiting for the agent until 1/3 09:00");
    const session = { pausedUntil: until } as Parameters<typeof waitsUntil>[0];
    expect(waitsUntil(session, undefined, now.toISOString())).toBe(until);
    expect(waitsUntil(session, undefined, new Date(2026, 0, 2, 2, 0).toISOString())).toBeUndefined();
  });
});

describe("lines that were tried and dropped", () => {
  it("are noticed when they come back, and the next briefing says so", async () => {
    const run = 'echo "score: $(wc -c < value.txt)"\n';
    const dir = makeRepo({ ...TOY_FILES, "run.sh": run, "value.txt": "short\n" });
    const agent = playing([
      write("a much longer line of text\n"),
      write("a much longer line of text\nand another one\n"),
      write("s\n"),
    ]);
    const played = await play(dir, { agent, limits: { experiments: 3 } });
    expect(played.experiments[2]?.proposal?.flags).toEqual(["brings back lines that were dropped: e1"]);
    expect(played.experiments[1]?.proposal?.hunks).toEqual([{ file: "value.txt", line: 1, count: 1 }]);
    expect(agent.turns[2]?.briefing.findings?.returned).toEqual([
      { experiment: 2, flag: "brings back lines that were dropped: e1" },
    ]);
    expect(played.experiments[3]?.proposal?.flags).toEqual([]);
  });
});
