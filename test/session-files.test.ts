/** results.tsv while a session runs: rows are appended, and an earlier row that changed is put right. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Experiment } from "../src/experiment.ts";
import { formatResultsTsv } from "../src/results-tsv.ts";
import { addResult, filesDirOf, type ResultsFile, resultRows, WHOLE_RESULTS } from "../src/session-files.ts";
import type { Workspace } from "../src/workspace.ts";
import { removeTemps, tempDir } from "./support/repo.ts";
import { experiment, madeUp } from "./support/session.ts";

afterAll(removeTemps);

function opened(): { file: ResultsFile; path: string } {
  const stateDir = tempDir();
  const ws: Workspace = { root: stateDir, labDir: stateDir, prefix: "", gitDir: stateDir, stateDir };
  return { file: { ws, stale: false }, path: join(filesDirOf(ws, "t"), "results.tsv") };
}

const text = (all: readonly Experiment[]) => formatResultsTsv("score", resultRows(madeUp(), all));
const must = (): readonly Experiment[] => {
  throw new Error("all experiments were read for one row");
};

describe("results.tsv", () => {
  const all = [0, 1, 2, 3].map((number) => experiment({ number, metric: 10 - number }));

  it("is written whole first, then grows by a row per verdict without reading the others", async () => {
    const { file, path } = opened();
    let now = await addResult(file, madeUp(), all[0] as Experiment, () => all.slice(0, 1));
    const inode = statSync(path).ino;
    for (const e of all.slice(1)) now = await addResult(now, madeUp(), e, must);
    expect(readFileSync(path, "utf8")).toBe(text(all));
    expect(statSync(path).ino).toBe(inode);
  });

  it("is written whole when a row changed or a verdict came out of order", async () => {
    const { file, path } = opened();
    const first = await addResult(file, madeUp(), all[0] as Experiment, () => all.slice(0, 1));
    const changed = [experiment({ number: 0, metric: 5 }), all[1] as Experiment];
    const second = await addResult({ ...first, stale: true }, madeUp(), all[1] as Experiment, () => changed);
    expect(readFileSync(path, "utf8")).toBe(text(changed));
    expect(second.stale).toBe(false);
    const third = await addResult(second, madeUp(), all[3] as Experiment, must);
    await addResult(third, madeUp(), all[2] as Experiment, () => all);
    expect(readFileSync(path, "utf8")).toBe(text(all));
  });

  it("only grows in a long session, and remembers that an earlier row is old", async () => {
    const { file, path } = opened();
    const long = madeUp({ lastExperiment: WHOLE_RESULTS + 1 });
    const first = await addResult(file, long, all[0] as Experiment, () => all.slice(0, 1));
    const second = await addResult({ ...first, stale: true }, long, all[1] as Experiment, must);
    expect(second.stale).toBe(true);
    expect(readFileSync(path, "utf8")).toBe(text(all.slice(0, 2)));
  });
});
