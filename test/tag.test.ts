/** Tags: by the command, through the spool while a session runs, from the page, and through exports and imports. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Turn } from "../src/agent.ts";
import { closeLedger, entriesOf, experimentOf, readLedger } from "../src/ledger.ts";
import { handIn, spoolId } from "../src/spool.ts";
import { tagsAfter, tagsIn } from "../src/tags.ts";
import { dashboardOn } from "./dashboard/support.ts";
import { makeRepo, removeTemps, TOY_FILES, tempDir } from "./support/repo.ts";
import { play, playing } from "./support/toy.ts";

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));
const HOSTILE = '"><script>alert(1)</script>';

function nightyard(cwd: string, ...args: readonly string[]) {
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", timeout: 120_000 });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

function tagsOf(lab: string, n: number): readonly string[] | undefined {
  const ledger = readLedger(join(lab, ".nightyard"));
  if (ledger === undefined) throw new Error("no ledger");
  const e = experimentOf(ledger, "t", n);
  closeLedger(ledger);
  return e?.tags;
}

const write =
  (text: string) =>
  ({ dir }: Turn) => {
    writeFileSync(join(dir, "value.txt"), text);
    return { hypothesis: `value ${text}` };
  };

let lab = "";

beforeAll(async () => {
  lab = makeRepo(TOY_FILES);
  const state = join(lab, ".nightyard");
  // Handed in while the session runs: good ones, one for an experiment that is not there, and a file that is none.
  const during = async (turn: Turn) => {
    await handIn(state, spoolId(), { kind: "tag", session: "t", experiment: 0, add: ["live", "two"], remove: [] });
    await handIn(state, spoolId(), { kind: "tag", session: "t", experiment: 99, add: ["lost"], remove: [] });
    const bad = { kind: "tag", session: "t", experiment: 0, add: [HOSTILE], remove: [] };
    writeFileSync(join(state, "inbox", `${spoolId()}-tag.json`), JSON.stringify(bad));
    return write("8\n")(turn);
  };
  const played = await play(lab, { agent: playing([during, write("12\n")]) });
  if (played.error !== undefined) throw played.error;
});

afterAll(removeTemps);

describe("tags", () => {
  it("keep their order, come once, and are 20 at most", () => {
    expect(tagsAfter(["a", "b"], { add: ["c", "a"], remove: ["b"] })).toEqual(["a", "c"]);
    const many = Array.from({ length: 30 }, (_, i) => `t${i}`);
    expect(tagsAfter([], { add: many, remove: [] }).length).toBe(20);
    expect(tagsIn("a, b  c a").tags).toEqual(["a", "b", "c"]);
    expect(tagsIn("good Bad").wrong).toBe("Bad");
  });

  it("that were handed in while a session ran are taken by it, and what cannot be is noted", () => {
    expect(tagsOf(lab, 0)).toEqual(["live", "two"]);
    const ledger = readLedger(join(lab, ".nightyard"));
    if (ledger === undefined) throw new Error("no ledger");
    const noted = [...entriesOf(ledger, "t")].flatMap(({ event }) => (event.type === "noted" ? [event.what] : []));
    closeLedger(ledger);
    expect(noted).toContain("tags were not taken");
    expect(noted).toContain("a tag cannot be read");
  });

  it("are put on and taken off by the command, and shown by show, log and report", () => {
    expect(nightyard(lab, "tag", "1", "paper", "--dry-run").out).toContain("would leave e0001 of session t: paper");
    expect(tagsOf(lab, 1)).toBeUndefined();
    expect(nightyard(lab, "tag", "e0001", "paper", "look.again").code).toBe(0);
    expect(nightyard(lab, "tag", "1", "--remove", "look.again").out).toBe("e0001 of session t: paper\n");
    expect(nightyard(lab, "show", "1").out).toContain("  tags: paper");
    expect(nightyard(lab, "log").out).toContain("value 8 #paper");
    expect(nightyard(lab, "report", "--format", "md").out).toMatch(/value 8 .*paper/);
    expect(nightyard(lab, "ledger", "check").code).toBe(0);
  });

  it("that are none, too many or nothing are refused", () => {
    for (const args of [
      ["1"],
      ["1", HOSTILE],
      ["1", "Upper"],
      ["1", "\u001b[31m"],
      ["1", "a".repeat(33)],
      ["9", "a"],
    ]) {
      const { code, err } = nightyard(lab, "tag", ...args);
      expect(code, args.join(" ")).toBe(2);
      expect(err).not.toContain("\u001b");
    }
    const many = Array.from({ length: 21 }, (_, i) => `t${i}`);
    expect(nightyard(lab, "tag", "2", ...many).err).toContain("20 tags at most");
  });

  it("come through every export that can be imported", () => {
    for (const [format, args] of [
      ["csv", []],
      ["jsonl", ["--per", "experiment"]],
      ["jsonl", ["--per", "event"]],
    ] as const) {
      const file = join(tempDir(), `night.${format}`);
      nightyard(lab, "export", "--format", format, ...args, "--out", file);
      expect(readFileSync(file, "utf8")).toContain("paper");
      const other = tempDir();
      const taken = nightyard(other, "import", file, "--tag", "t", "--goal", "minimize");
      expect(taken.code, taken.err).toBe(0);
      expect(tagsOf(other, 1), format).toEqual(["paper"]);
    }
  });

  it("are put on from the page only with its token, and filter its table", async () => {
    const dashboard = await dashboardOn(lab, { write: true });
    try {
      const post = (body: Record<string, string>) =>
        fetch(`${dashboard.url}s/t/e/2/tags`, {
          method: "POST",
          body: new URLSearchParams(body),
          redirect: "manual",
          headers: { Origin: new URL(dashboard.url).origin },
        });
      const token = dashboard.access.writeToken ?? "";
      expect((await post({ token: "wrong", add: "x" })).status).toBe(403);
      expect((await post({ token, add: HOSTILE })).status).toBe(400);
      expect((await post({ token, add: "from-page, twice" })).status).toBe(303);
      expect((await post({ token, remove: "twice" })).status).toBe(303);
      expect(tagsOf(lab, 2)).toEqual(["from-page"]);
      expect(await (await fetch(`${dashboard.url}s/t/e/2`)).text()).toContain("#from-page");
      const table = await (await fetch(`${dashboard.url}s/t/part/table?tag=paper`)).text();
      expect(table).toContain("value 8");
      expect(table).not.toContain("value 12");
      const odd = await (await fetch(`${dashboard.url}s/t?tag=${encodeURIComponent(HOSTILE)}`)).text();
      expect(odd).not.toContain("<script>alert");
    } finally {
      await dashboard.close();
    }
  });
});
