/**
 * The agent that waits for changes from outside: how diffs are read and applied, and what a turn does.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { makeChange } from "../../src/agents/inbox/change.ts";
import { applyDiff, parseDiff } from "../../src/agents/inbox/diff.ts";
import { closeInbox, inboxAgent, openInbox, reopenInbox, submit, waiting } from "../../src/agents/inbox.ts";
import { sh } from "../support/repo.ts";
import { makeLab, makeTurn, type TestLab } from "./turn.ts";

const labs: TestLab[] = [];
afterEach(() => {
  for (const lab of labs.splice(0)) rmSync(lab.root, { recursive: true, force: true });
});

function labOf(files: Readonly<Record<string, string>>): TestLab {
  const lab = makeLab(files);
  labs.push(lab);
  return lab;
}

function applied(old: string, diff: string): string {
  const parsed = parseDiff(diff);
  if (!parsed.ok) throw new Error(parsed.why);
  const [file] = parsed.value;
  if (file === undefined) throw new Error("no file");
  const made = applyDiff(old, file);
  return made.ok ? made.value : `! ${made.why}`;
}

const hunk = (header: string, ...lines: string[]) => `--- a/x\n+++ b/x\n${header}\n${lines.join("\n")}\n`;

describe("a unified diff", () => {
  it.each([
    ["replaces a line", "a\nb\nc\n", hunk("@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"), "a\nB\nc\n"],
    ["is found where it moved to", "0\n1\n2\na\nb\n", hunk("@@ -1,2 +1,2 @@", " a", "-b", "+B"), "0\n1\n2\na\nB\n"],
    ["takes the nearest of two places", "a\nx\na\n", hunk("@@ -3 +3 @@", "-a", "+A"), "a\nx\nA\n"],
    ["adds at the end without context", "a\n", hunk("@@ -1,0 +2 @@", "+b"), "a\nb\n"],
    ["adds at the beginning", "a\n", hunk("@@ -0,0 +1 @@", "+b"), "b\na\n"],
    ["keeps a missing last line feed", "a\nb", hunk("@@ -1 +1 @@", "-a", "+A"), "A\nb"],
    ["adds a last line feed", "a", hunk("@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+a"), "a\n"],
    ["takes the last line feed away", "a\n", hunk("@@ -1 +1 @@", "-a", "+b", "\\ No newline at end of file"), "b"],
    [
      "has an empty context line without its blank",
      "a\n\nb\n",
      hunk("@@ -1,3 +1,3 @@", " a", "", "-b", "+c"),
      "a\n\nc\n",
    ],
    ["removes a line that looks like a header", "-- x\ny\n", hunk("@@ -1,2 +1 @@", "--- x", " y"), "y\n"],
    ["keeps carriage returns", "a\r\nb\r\n", hunk("@@ -1,2 +1,2 @@", " a\r", "-b\r", "+c\r"), "a\r\nc\r\n"],
    ["does not fit", "a\n", hunk("@@ -1 +1 @@", "-z", "+b"), '! x: the old lines of @@ -1 +1 @@ are not there ("z")'],
  ])("%s", (_what, old, diff, wanted) => {
    expect(applied(old, diff)).toBe(wanted);
  });

  it.each([
    ["nothing", "", /line 1|no file/],
    ["a rename", "diff --git a/x b/y\nsimilarity index 90%\nrename from x\nrename to y\n", /line 2/],
    ["another name", "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", /cannot be renamed/],
    [
      "an executable",
      "diff --git a/x b/x\nnew file mode 100755\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n",
      /line 2/,
    ],
    ["a link", "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", /line 2/],
    ["a binary patch", "diff --git a/x b/x\nGIT binary patch\nliteral 0\n", /line 2/],
    ["a wrong count", hunk("@@ -1,9 +1,9 @@", "-a", "+b"), /names 9 old and 9 new lines, found/],
    ["no hunk", "--- a/x\n+++ b/x\n", /expected a hunk/],
    ["one file twice", hunk("@@ -1 +1 @@", "-a", "+b").repeat(2), /has x twice/],
    ["prose", "Here is my change:\n", /expected "--- a\/file"/],
  ])("is refused when it has %s", (_what, diff, message) => {
    expect(parseDiff(diff)).toMatchObject({ ok: false, why: expect.stringMatching(message) });
  });

  it("gives what git's own diff of any two texts means", () => {
    const lab = labOf({ x: "" });
    const line = fc.constantFrom("a", "b", "", "-- a", "++ b", "\\ c", " d", "@@ -1 +1 @@");
    const text = fc
      .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
      .map(([lines, open]) => (lines.length === 0 ? "" : lines.join("\n") + (open && lines.at(-1) !== "" ? "" : "\n")));
    fc.assert(
      fc.property(text, text, (old, wanted) => {
        fc.pre(old !== wanted);
        writeFileSync(join(lab.dir, "x"), old);
        sh(lab.dir, "add", "x");
        writeFileSync(join(lab.dir, "x"), wanted);
        expect(applied(old, sh(lab.dir, "diff", "--relative", "x"))).toBe(wanted);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a change", () => {
  it("is made whole or not at all", async () => {
    const lab = labOf({ a: "1\n", b: "2\n" });
    const diff = "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+9\n--- a/b\n+++ b/b\n@@ -1 +1 @@\n-7\n+8\n";
    expect(await makeChange(lab.dir, { diff })).toMatch(/^b: the old lines/);
    expect(readFileSync(join(lab.dir, "a"), "utf8")).toBe("1\n");
  });

  it("makes, removes and replaces files", async () => {
    const lab = labOf({ a: "1\n", b: "2\n" });
    const diff =
      "--- /dev/null\n+++ b/new/c\n@@ -0,0 +1 @@\n+3\n--- a/b\n+++ /dev/null\n@@ -1 +0,0 @@\n-2\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+9\n";
    expect(await makeChange(lab.dir, { diff })).toBeUndefined();
    expect(readFileSync(join(lab.dir, "new/c"), "utf8")).toBe("3\n");
    expect(existsSync(join(lab.dir, "b"))).toBe(false);
    expect(await makeChange(lab.dir, { files: [{ path: "a" }, { path: "d/e", text: "4\n" }] })).toBeUndefined();
    expect(existsSync(join(lab.dir, "a"))).toBe(false);
    expect(readFileSync(join(lab.dir, "d/e"), "utf8")).toBe("4\n");
  });

  it("never goes through a link, into a folder of git, or over what is no file", async () => {
    const lab = labOf({ a: "1\n" });
    mkdirSync(join(lab.root, "elsewhere"));
    writeFileSync(join(lab.root, "elsewhere", "f"), "mine\n");
    symlinkSync(join(lab.root, "elsewhere"), join(lab.dir, "link"));
    symlinkSync(join(lab.root, "elsewhere", "f"), join(lab.dir, "f"));
    mkdirSync(join(lab.dir, "folder"));
    for (const path of ["link/f", "link/new", "f", "folder", "../x", ".git/x", "a/b", "sub/.GIT/x"]) {
      expect(await makeChange(lab.dir, { files: [{ path, text: "yours\n" }] }), path).toMatch(path);
    }
    expect(readFileSync(join(lab.root, "elsewhere", "f"), "utf8")).toBe("mine\n");
    expect(existsSync(join(lab.root, "elsewhere", "new"))).toBe(false);
  });
});

const change = (text: string) => ({ hypothesis: "h", description: "d", repair: false, files: [{ path: "a", text }] });

describe("the inbox as an agent", () => {
  it("takes changes in the order in which they came, one per turn", async () => {
    const lab = labOf({ a: "1\n" });
    const inbox = openInbox();
    const agent = inboxAgent(inbox);
    submit(inbox, change("2\n"));
    submit(inbox, change("3\n"));
    expect(await agent.propose(makeTurn(lab))).toMatchObject({ kind: "proposed", hypothesis: "h", description: "d" });
    expect(readFileSync(join(lab.dir, "a"), "utf8")).toBe("2\n");
    expect(waiting(inbox).map((s) => s.id)).toEqual(["s2"]);
  });

  it("gives one change to one turn when two wait", async () => {
    const [one, two] = [labOf({ a: "1\n" }), labOf({ a: "1\n" })];
    const inbox = openInbox();
    const agent = inboxAgent(inbox);
    const turns = [agent.propose(makeTurn(one)), agent.propose(makeTurn(two, { experiment: 2 }))];
    submit(inbox, change("2\n"));
    submit(inbox, change("3\n"));
    await Promise.all(turns);
    const texts = [one, two].map((lab) => readFileSync(join(lab.dir, "a"), "utf8"));
    expect(texts.sort()).toEqual(["2\n", "3\n"]);
  });

  it("gives a repair to the turn that mends, and other changes to the other turn", async () => {
    const [one, two] = [labOf({ a: "1\n" }), labOf({ a: "1\n" })];
    const inbox = openInbox();
    const agent = inboxAgent(inbox);
    const mends = agent.propose(makeTurn(one, { crashLog: "it broke" }));
    const tries = agent.propose(makeTurn(two, { experiment: 2 }));
    submit(inbox, change("new\n"));
    expect(await tries).toMatchObject({ kind: "proposed" });
    submit(inbox, { ...change("mended\n"), repair: true });
    expect(await mends).toMatchObject({ kind: "proposed" });
    expect(readFileSync(join(one.dir, "a"), "utf8")).toBe("mended\n");
    expect(readFileSync(join(two.dir, "a"), "utf8")).toBe("new\n");
    const alone = agent.propose(makeTurn(one, { crashLog: "it broke" }));
    submit(inbox, change("another\n"));
    expect(await alone).toMatchObject({ kind: "noChange", why: expect.stringMatching(/instead of a repair/) });
    expect(waiting(inbox)).toHaveLength(1);
  });

  it("gives its turn up for a change that a person handed in, and is asked again like before", async () => {
    const lab = labOf({ a: "1\n" });
    const inbox = openInbox();
    const agent = inboxAgent(inbox);
    let handIn = () => {};
    const handedIn = () => new Promise<void>((resolve) => (handIn = resolve));
    const waits = agent.propose(makeTurn(lab, {}, { handedIn }));
    await expect.poll(() => inbox.turns.size).toBe(1);
    handIn();
    expect(await waits).toMatchObject({ kind: "noChange", elsewhere: true, why: expect.stringMatching(/person/) });
    expect(inbox.turns.size).toBe(0);
    // Nobody hands in: the looking ends with the turn.
    let looking: AbortSignal | undefined;
    const looks = (signal: AbortSignal) => {
      looking = signal;
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    };
    submit(inbox, change("2\n"));
    expect(await agent.propose(makeTurn(lab, {}, { handedIn: looks }))).toMatchObject({ kind: "proposed" });
    expect(looking?.aborted).toBe(true);
  });

  it("waits longer than the turn's timeout, ends by an abort with its reason, and by being closed", async () => {
    const lab = labOf({ a: "1\n" });
    const inbox = openInbox();
    const agent = inboxAgent(inbox);
    const stop = new AbortController();
    const reason = new Error("stopped by the test");
    const waits = agent.propose(makeTurn(lab, {}, { timeoutSeconds: 0.01, signal: stop.signal }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(inbox.turns.size).toBe(1);
    stop.abort(reason);
    await expect(waits).rejects.toBe(reason);
    expect(inbox.turns.size).toBe(0);
    expect(inbox.watchers.size).toBe(0);
    const closes = agent.propose(makeTurn(lab));
    closeInbox(inbox, "enough");
    expect(await closes).toMatchObject({ kind: "exhausted", why: "enough" });
    expect(submit(inbox, change("2\n"))).toBe("enough");
    reopenInbox(inbox, "t");
    expect(submit(inbox, change("2\n"))).toMatchObject({ state: "waiting", session: "t" });
  });

  it("takes no more than 32 that wait", () => {
    const inbox = openInbox();
    for (let i = 0; i < 32; i++) expect(submit(inbox, change("2\n"))).toMatchObject({ state: "waiting" });
    expect(submit(inbox, change("2\n"))).toMatch(/32 changes wait already/);
  });
});
