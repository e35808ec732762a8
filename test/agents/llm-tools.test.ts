/** The tools of our own agent, on real files: bounds, scope, links, and what a model is told about its mistakes. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { changedFiles, type Desk, openDesk } from "../../src/agents/llm/desk.ts";
import { runTool } from "../../src/agents/llm/tools.ts";
import { makeLab, type TestLab } from "./turn.ts";

const labs: TestLab[] = [];
afterEach(() => {
  for (const lab of labs.splice(0)) rmSync(lab.root, { recursive: true, force: true });
});

function deskOf(files: Readonly<Record<string, string | Buffer>>, scope: readonly string[] = ["**"]) {
  const lab = makeLab(files);
  labs.push(lab);
  return { lab, desk: openDesk(lab.dir, scope) };
}

async function use(desk: Desk, name: string, input: unknown): Promise<string> {
  const { ok, text } = await runTool(desk, { id: "1", name, input });
  return `${ok ? "ok" : "fault"}: ${text}`;
}

describe("list", () => {
  it("names files with their size and what may be changed, without git, caches and links", async () => {
    const files = { "a.ts": "12345", "src/b.ts": "1", "node_modules/x/index.js": "", ".hidden": "h" };
    const { desk, lab } = deskOf(files, ["src/**"]);
    symlinkSync("/etc", join(lab.dir, "etc"));
    mkdirSync(join(lab.dir, ".nightyard"));
    writeFileSync(join(lab.dir, ".nightyard/ledger.db"), "");
    expect(await use(desk, "list", {})).toBe(
      "ok: .hidden (1 bytes)\na.ts (5 bytes)\nsrc/b.ts (1 bytes, you may change it)",
    );
    expect(await use(desk, "list", { path: "./src/" })).toContain("src/b.ts");
    expect(await use(desk, "list", { path: "etc" })).toBe("ok: no files below etc");
    expect(await use(desk, "list", { path: "../.." })).toMatch(/^fault: .*inside the lab folder/);
  });

  it("is bounded", async () => {
    const files = Object.fromEntries(Array.from({ length: 320 }, (_, i) => [`f${i}`, ""]));
    const text = await use(deskOf(files).desk, "list", {});
    expect(text.split("\n").length).toBe(301);
    expect(text).toContain("more than 300");
  });
});

describe("read", () => {
  it("numbers lines, reads a range, and says how to go on", async () => {
    const { desk } = deskOf({ "a.txt": "one\ntwo\nthree\nfour\n", "empty.txt": "" });
    expect(await use(desk, "read", { path: "a.txt" })).toBe("ok: 1| one\n2| two\n3| three\n4| four");
    expect(await use(desk, "read", { path: "a.txt", from: 2, to: 3 })).toBe(
      "ok: 2| two\n3| three\n[lines 2 to 3 of 4; go on with from: 4]",
    );
    expect(await use(desk, "read", { path: "a.txt", from: 9 })).toMatch(/^fault: a\.txt has 4 lines/);
    expect(await use(desk, "read", { path: "a.txt", from: 3, to: 1 })).not.toContain("NaN");
    expect(await use(desk, "read", { path: "empty.txt" })).toBe("ok: empty.txt is empty");
  });

  it("is bounded in lines and in length", async () => {
    const { desk } = deskOf({
      "wide.txt": `${"x".repeat(5000)}\nend\n`,
      "long.txt": "a line of text\n".repeat(10_000),
    });
    expect(await use(desk, "read", { path: "wide.txt" })).toContain("… [5000 characters]\n2| end");
    const text = await use(desk, "read", { path: "long.txt" });
    expect(text.length).toBeLessThan(41_000);
    expect(text).toMatch(/\[lines 1 to \d+ of 10000; go on with from: \d+\]$/);
  });

  it("refuses what is no text, what is too large, and what is not there", async () => {
    const { desk } = deskOf({ "b.bin": Buffer.from([1, 0, 2]), "huge.txt": "x".repeat(1024 * 1024 + 1) });
    expect(await use(desk, "read", { path: "b.bin" })).toBe("fault: b.bin: it is no text");
    expect(await use(desk, "read", { path: "huge.txt" })).toMatch(/^fault: .*more than 1048576 bytes/);
    expect(await use(desk, "read", { path: "none.txt" })).toMatch(/^fault: .*no such file/);
  });

  it("stays in the lab: no link, no way out, nothing of git's or ours", async () => {
    const { desk, lab } = deskOf({ "a.txt": "1" });
    symlinkSync(join(lab.root, "beside.txt"), join(lab.dir, "link.txt"));
    symlinkSync(lab.root, join(lab.dir, "up"));
    const paths = ["link.txt", "up/beside.txt", "../../beside.txt", "/etc/passwd", ".git/config", ".GIT/config"];
    paths.push(join(lab.root, "beside.txt"), ".nightyard/ledger.db", "a.txt\0", "");
    for (const path of paths) {
      expect(await use(desk, "read", { path }), path).toMatch(/^fault: /);
      expect(await use(desk, "write", { path, text: "x" }), path).toMatch(/^fault: /);
      expect(await use(desk, "search", { text: "nobody", path }), path).not.toContain("business");
    }
    expect(readFileSync(join(lab.root, "beside.txt"), "utf8")).toBe("nobody's business\n");
    expect(await use(desk, "read", { path: join(lab.dir, "a.txt") })).toBe("ok: 1| 1");
  });
});

describe("search", () => {
  it("finds a text or an expression, with file and line", async () => {
    const { desk } = deskOf({ "a.ts": "const x = 1;\nconst y = 2;\n", "src/b.ts": "x(1)\n" });
    expect(await use(desk, "search", { text: "x" })).toBe("ok: a.ts:1: const x = 1;\nsrc/b.ts:1: x(1)");
    expect(await use(desk, "search", { text: "x(1)" })).toBe("ok: src/b.ts:1: x(1)");
    expect(await use(desk, "search", { text: "[xy] = \\d", regex: true, path: "a.ts" })).toContain("a.ts:2");
    expect(await use(desk, "search", { text: "zzz" })).toBe('ok: nothing found for "zzz"');
    expect(await use(desk, "search", { text: "(", regex: true })).toMatch(/^fault: expected a regular expression/);
  });

  it("is bounded in hits, and in time for an expression that never ends", async () => {
    const { desk } = deskOf({ "a.txt": "hit\n".repeat(100), "b.txt": `${"a".repeat(60)}b\n` });
    expect((await use(desk, "search", { text: "hit" })).split("\n").length).toBe(51);
    expect(await use(desk, "search", { text: "(a+)+$", regex: true, path: "b.txt" })).toMatch(/^fault: .*too long/);
  });
});

describe("edit", () => {
  it("replaces an exact text once, whatever signs are in it, and keeps the rest", async () => {
    const { desk, lab } = deskOf({ "a.ts": "let a = $1;\nlet b = 2;\n" });
    const args = { path: "a.ts", find: "$1;", replace: "$& $$;", why: "to see" };
    expect(await use(desk, "edit", args)).toBe("ok: a.ts: replaced at line 1");
    expect(readFileSync(join(lab.dir, "a.ts"), "utf8")).toBe("let a = $& $$;\nlet b = 2;\n");
    expect([desk.purpose, await changedFiles(desk)]).toEqual(["to see", ["a.ts"]]);
  });

  it("says where the text is when it is there more than once, or nearly", async () => {
    const { desk } = deskOf({ "a.ts": "  x = 1\ny = 2\nx = 1\n" });
    const fault = (find: string) => use(desk, "edit", { path: "a.ts", find, replace: "z" });
    expect(await fault("x = 1")).toMatch(/^fault: .*2 times \(lines 1, 3\)/);
    expect(await fault("y  =  2\n")).toContain('Line 2 is alike but for its spaces or what follows: "y = 2"');
    expect(await fault("2| y = 2")).toContain("Line 2 is alike");
    expect(await fault("nowhere")).toContain("Read the file again");
    expect(await fault("")).toContain("use write for a new file");
    expect(await fault("z")).toContain("are the same");
    expect(await changedFiles(desk)).toEqual([]);
  });

  it("fits the line ends of the file", async () => {
    const { desk, lab } = deskOf({ "a.txt": "one\r\ntwo\r\n" });
    await use(desk, "edit", { path: "a.txt", find: "one\ntwo", replace: "1\n2" });
    expect(readFileSync(join(lab.dir, "a.txt"), "utf8")).toBe("1\r\n2\r\n");
  });
});

describe("write, note and finish", () => {
  it("write only in scope and only so much", async () => {
    const { desk, lab } = deskOf({ "a.ts": "1" }, ["src/**", "!src/frozen.ts"]);
    expect(await use(desk, "write", { path: "src/new/b.ts", text: "2\n" })).toMatch(/^ok: /);
    expect(readFileSync(join(lab.dir, "src/new/b.ts"), "utf8")).toBe("2\n");
    expect(await use(desk, "write", { path: "a.ts", text: "2" })).toContain(
      "a.ts is frozen. You may change only: src/**",
    );
    expect(await use(desk, "edit", { path: "a.ts", find: "1", replace: "2" })).toContain("is frozen");
    expect(await use(desk, "write", { path: "src/frozen.ts", text: "" })).toContain("is frozen");
    const large = await use(desk, "write", { path: "src/l.ts", text: "x".repeat(1024 * 1024 + 1) });
    expect(large).toMatch(/^fault: .*at most/);
    expect(await changedFiles(desk)).toEqual(["src/new/b.ts"]);
  });

  it("keep a few notes of one line", async () => {
    const { desk } = deskOf({});
    for (let i = 0; i < 9; i++) await use(desk, "note", { text: `note\u001b[31m ${i}\nand more` });
    expect([desk.notes.length, desk.notes[0]]).toEqual([8, "note 0 and more"]);
  });

  it("finish only with a change and a hypothesis, in clean words", async () => {
    const { desk } = deskOf({ "a.ts": "1" });
    expect(await use(desk, "finish", { hypothesis: "better" })).toBe(
      "fault: no file was changed yet: edit or write one first",
    );
    await use(desk, "write", { path: "a.ts", text: "2" });
    expect(await use(desk, "finish", { hypothesis: " \n" })).toMatch(/^fault: hypothesis/);
    await use(desk, "finish", { hypothesis: "better\u001b[2J\nfor sure", description: "x".repeat(9000) });
    expect(desk.finished?.hypothesis).toBe("better for sure");
    expect(desk.finished?.description.length).toBe(2000);
  });
});
