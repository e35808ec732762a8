/** `import` and `export` as a person uses them: real processes, in a folder that is no repository and in one that is. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { experimentJson, importJson, statusJson } from "../src/cli/json.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, tempDir } from "./support/repo.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));
const NIGHT = fileURLToPath(new URL("./fixtures/h100-mar8.results.tsv", import.meta.url));

function nightyard(cwd: string, ...args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: cwd, NIGHTYARD_SANDBOX: "auto" };
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", timeout: 120_000, env });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

describe("a folder that is no repository", () => {
  const dir = tempDir();

  it("dry run changes nothing", () => {
    const r = nightyard(dir, "import", NIGHT, "--dry-run");
    expect([r.code, r.out]).toEqual([0, expect.stringContaining("would be imported as session h100-mar8")]);
    expect(existsSync(join(dir, ".nightyard"))).toBe(false);
  });

  it("takes the night in once, and every reading command works on it", () => {
    const first = nightyard(dir, "import", NIGHT);
    expect(first.out).toContain("126 experiments: 23 kept (with the baseline), 102 discarded, 1 crashed");
    expect(first.out).toContain("best kept 0.969686 (e0118), self-reported");
    const again = JSON.parse(nightyard(dir, "import", NIGHT, "--json").out);
    expect(importJson.parse(again).sessions).toMatchObject([{ tag: "h100-mar8", already: true, best: 0.969686 }]);
    const status = statusJson.parse(JSON.parse(nightyard(dir, "status", "--json").out));
    expect(status).toMatchObject({ state: "imported", kept: 22, best: 0.969686, imported: { format: "table, tabs" } });
    expect(nightyard(dir, "status").out).toContain("125 experiments: val_bpb 0.9979 → 0.969686 as seen while choosing");
    expect(nightyard(dir, "log").out.split("\n")).toHaveLength(127);
    expect(nightyard(dir, "log").out).toContain(" e0001 bea057b keep");
    const shown = experimentJson.parse(JSON.parse(nightyard(dir, "show", "15", "--json").out));
    expect(shown.imported).toMatchObject({ line: 17, commit: "e05a87d" });
    expect(nightyard(dir, "show", "15").out).toContain('imported: line 17, commit "e05a87d", status "crash"');
    expect(nightyard(dir, "replay", ".", "--noise", "0.0003").code).toBe(0);
    expect(nightyard(dir, "export", "--format", "tsv").out).toBe(readFileSync(NIGHT, "utf8"));
    expect(nightyard(dir, "ledger", "check").code).toBe(0);
  });

  it("says what it cannot do, and how it can be done", () => {
    expect(nightyard(dir, "diff", "3").err).toContain("its change is not in this repository");
    writeFileSync(join(dir, "zorp.tsv"), "commit\tzorp\tstatus\na\t1\tkeep\n");
    const r = nightyard(dir, "import", "zorp.tsv");
    expect([r.code, r.err]).toEqual([
      2,
      expect.stringMatching(/not clear whether .*\nFix: nightyard import 'zorp.tsv' --goal/),
    ]);
    expect(nightyard(dir, "import", "zorp.tsv", "--goal", "up").err).toContain("--goal: expected minimize or maximize");
    expect(nightyard(dir, "export", "--format", "parquet").err).toContain("--out");
    expect(nightyard(dir, "import", "nowhere.tsv").code).toBe(2);
  });

  it("writes files as a whole, and keeps what an MLflow server did not take", () => {
    expect(nightyard(dir, "export", "--format", "parquet", "--out", "night.parquet").err).toContain("126 rows");
    expect(nightyard(dir, "export", "--format", "jsonl", "--per", "experiment", "--out", "n.jsonl").code).toBe(0);
    expect(readFileSync(join(dir, "n.jsonl"), "utf8").trim().split("\n")).toHaveLength(127);
    const down = nightyard(dir, "export", "--format", "mlflow", "--mlflow-url", "http://127.0.0.1:9");
    expect([down.code, down.err]).toEqual([1, expect.stringMatching(/waits in the outbox\nFix: .*--flush/)]);
    expect(nightyard(dir, "export", "--format", "mlflow", "--flush").code).toBe(1);
    const secret = nightyard(dir, "export", "--format", "mlflow", "--mlflow-url", "http://u:pw@127.0.0.1:9");
    expect([secret.code, secret.err.includes("pw@")]).toEqual([2, false]);
  });
});

describe("a repository", () => {
  it("knows full ids from short ones, and a run does not go on with an imported session", () => {
    const dir = makeRepo(TOY_FILES);
    const base = sh(dir, "rev-parse", "HEAD").trim();
    writeFileSync(join(dir, "value.txt"), "7\n");
    sh(dir, "commit", "--quiet", "-am", "seven");
    const next = sh(dir, "rev-parse", "HEAD").trim();
    const rows = `${base.slice(0, 7)}\t9\tkeep\tb\n${next.slice(0, 7)}\t7\tkeep\tseven\nfffffff\t6\tdiscard\tgone\n`;
    writeFileSync(join(dir, "n.tsv"), `commit\tval_loss\tstatus\tdescription\n${rows}`);
    expect(nightyard(dir, "import", "n.tsv", "--tag", "old").code).toBe(0);
    const shown = JSON.parse(nightyard(dir, "show", "1", "--json").out);
    expect([shown.parent, shown.proposal.commit]).toEqual([base, next]);
    expect(nightyard(dir, "diff", "1").out).toContain("+7");
    expect(JSON.parse(nightyard(dir, "show", "2", "--json").out).proposal.commit).toBe("0".repeat(40));
    const run = nightyard(dir, "run", ".", "--tag", "old", "--experiments", "1");
    expect([run.code, run.err]).toEqual([2, expect.stringContaining("was imported from n.tsv")]);
  });
});
