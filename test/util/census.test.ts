/**
 * Membership in a tree and its end, with real processes. What escapes by which way is in the contract of runners.
 */
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openCensus, takeCensus } from "../../src/util/census.ts";
import { endTree } from "../../src/util/end-tree.ts";
import { signalGroup } from "../../src/util/processes.ts";
import { fixtures, newTag, tagged, until } from "../runners/jobs.ts";

const started: number[] = [];
afterAll(() => {
  for (const group of started) signalGroup(group, "SIGKILL");
});

function start(mark: string, command: string): number {
  const env = { PATH: process.env.PATH, [mark.split("=")[0] ?? ""]: mark.split("=")[1] };
  const child = spawn("/bin/sh", ["-c", command], { env, detached: true, stdio: "ignore" });
  const pid = child.pid ?? 0;
  started.push(pid);
  return pid;
}

const stubborn = join(fixtures, "stubborn.sh");

describe("the census of a tree", () => {
  test("has those who carry the mark or a longer one, and nobody else", async () => {
    const tag = newTag();
    const mine = [
      start("CENSUS=a.1", `sh ${stubborn} ${tag} & wait`),
      start("CENSUS=a.1/inner", `sh ${stubborn} ${tag}`),
    ];
    const others = [start("CENSUS=a.12", `sh ${stubborn} ${tag}`), start("OTHER=a.1", `sh ${stubborn} ${tag}`)];
    await until(() => tagged(tag).length >= 5);
    const census = openCensus("CENSUS=a.1");
    for (const how of ["quick", "thorough", "quick"] as const) {
      const pids = takeCensus(census, how).map((row) => row.pid);
      expect(pids).toEqual(expect.arrayContaining(mine));
      for (const other of others) expect(pids).not.toContain(other);
    }
  });

  test("keeps a member that has lost its mark and its parents", async () => {
    const tag = newTag();
    const root = start("CENSUS=b.1", `env -i PATH="$PATH" sh ${stubborn} ${tag} & sleep 0.5`);
    await until(() => tagged(tag).length === 2);
    const census = openCensus("CENSUS=b.1", root);
    takeCensus(census, "thorough");
    await until(() => tagged(tag).length === 1);
    expect(takeCensus(census, "quick").map((row) => row.pid)).toContain(tagged(tag)[0]);
    expect(await endTree(census, root, 0.1)).toEqual({ escaped: 0, survivors: 0 });
    expect(tagged(tag)).toEqual([]);
  });

  test("forgets a session that has nobody left, for its number may be given away", () => {
    const census = openCensus("CENSUS=none", 2 ** 30);
    expect([...census.sessions, ...census.groups]).toEqual([2 ** 30, 2 ** 30]);
    expect(takeCensus(census, "thorough")).toEqual([]);
    expect([...census.sessions, ...census.groups]).toEqual([]);
  });

  test("never has this process, not even by its mark", () => {
    const path = `PATH=${process.env.PATH}`;
    expect(takeCensus(openCensus(path), "thorough").map((row) => row.pid)).not.toContain(process.pid);
  });
});

describe("ending a tree", () => {
  test("is over at once when nobody is there", async () => {
    expect(await endTree(openCensus("CENSUS=nobody.at.all"), undefined, 5)).toEqual({ escaped: 0, survivors: 0 });
  });

  test("lets those who heed TERM end in their own way", async () => {
    const file = join(tmpdir(), newTag());
    const root = start("CENSUS=c.1", `trap 'sleep 0.2; : >${file}; exit' TERM; while :; do sleep 0.05; done`);
    await endTree(openCensus("CENSUS=c.1", root), root, 5);
    expect(existsSync(file)).toBe(true);
    rmSync(file);
  });

  test("ends processes that fork on and on", async () => {
    const tag = newTag();
    // Each lives for a moment and starts its own successor, in a session of its own.
    const hop = `n=$1; [ "$n" -gt 400 ] || setsid sh -c "$HOP" hop $((n + 1)) ${tag} & sleep 0.05`;
    const root = start("CENSUS=d.1", `HOP='${hop}'; export HOP; sh -c "$HOP" hop 0 ${tag}; sh ${stubborn} ${tag}`);
    await until(() => tagged(tag).length >= 2);
    expect((await endTree(openCensus("CENSUS=d.1", root), root, 0.2)).survivors).toBe(0);
    expect(tagged(tag)).toEqual([]);
  });
});
