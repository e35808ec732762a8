/** `nightyard report` as it ships: written by every sitting, and in each format at any time. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportJson } from "../src/cli/json.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, tempDir, writeFiles } from "./support/repo.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));

function nightyard(cwd: string, ...args: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [BIN, ...args], { cwd });
  return { out: stdout.toString(), bytes: stdout, err: stderr.toString(), code: status };
}

const AGENT = JSON.stringify([
  { edits: [{ write: "value.txt", text: "9\n" }], hypothesis: "one less <b>is</b> better" },
  { edits: [{ write: "value.txt", text: "11\n" }], hypothesis: "one more" },
]);

describe("nightyard report", () => {
  let lab = "";
  let files = "";

  beforeAll(() => {
    lab = makeRepo(TOY_FILES);
    const script = join(tempDir(), "agent.json");
    writeFileSync(script, AGENT);
    const run = nightyard(
      lab,
      "run",
      "--tag",
      "t",
      "--no-sandbox",
      "--experiments",
      "2",
      "--agent",
      `scripted:${script}`,
    );
    if (run.code !== 0) throw new Error(run.err);
    files = join(lab, ".nightyard", "sessions", "t");
  });

  it("was written into the session's folder when the sitting ended", () => {
    const report = reportJson.parse(JSON.parse(readFileSync(join(files, "report.json"), "utf8")));
    expect(report.headline).toContain("score 10 → 9 (−10.0 % ± 0.00), 1 kept");
    expect(report.state).toBe("experiments");
    expect(readFileSync(join(files, "report.html"), "utf8")).toContain("one less &lt;b&gt;is&lt;/b&gt; better");
    expect(readFileSync(join(files, "report.md"), "utf8")).toContain("one less &lt;b&gt;is&lt;/b&gt; better");
  });

  it("is written again on request, and says where", () => {
    const { out, code } = nightyard(lab, "report");
    expect(code).toBe(0);
    expect(out.split("\n")[0]).toContain("2 experiments in");
    for (const name of ["report.html", "report.md", "report.json"]) expect(out).toContain(join(files, name));
  });

  it("goes to standard output in each format, the plot too", () => {
    expect(nightyard(lab, "report", "--format", "html").out).toMatch(/^<!doctype html>/);
    expect(nightyard(lab, "report", "--format", "md").out).toMatch(/^# /);
    expect(nightyard(lab, "report", "--format", "svg", "--by", "time").out).toMatch(/^<svg /);
    expect(nightyard(lab, "report", "--format", "png").bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(reportJson.parse(JSON.parse(nightyard(lab, "report", "--json").out)).tag).toBe("t");
  });

  it("goes to a file whose ending says the format", () => {
    const file = join(tempDir(), "night.md");
    expect(nightyard(lab, "report", "--out", file).code).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(/^# /);
  });

  it("refuses an unknown format, axis or session, and writes nothing", () => {
    const out = join(tempDir(), "night.pdf");
    expect(nightyard(lab, "report", "--out", out)).toMatchObject({
      code: 2,
      err: expect.stringContaining('found "pdf"'),
    });
    expect(existsSync(out)).toBe(false);
    expect(nightyard(lab, "report", "--format", "svg", "--by", "colour").code).toBe(2);
    expect(nightyard(lab, "report", "--session", "none").code).toBe(2);
  });

  it("names commands that work from where it was made", () => {
    const from = join(lab, "..");
    const name = lab.slice(from.length + 1);
    const { commands } = JSON.parse(nightyard(from, "report", name, "--json").out) as {
      commands: { command: string }[];
    };
    const git = commands.map((c) => c.command).filter((c) => c.startsWith("git "));
    expect(git.length).toBeGreaterThan(0);
    for (const command of git) expect(spawnSync("sh", ["-c", command], { cwd: from }).status, command).toBe(0);
    const show = commands.find((c) => c.command.startsWith("nightyard show"))?.command ?? "";
    expect(
      spawnSync("sh", ["-c", show.replace("nightyard", `'${process.execPath}' '${BIN}'`)], { cwd: from }).status,
    ).toBe(0);
  });

  it("is written for a session whose baseline failed, and leaves the lab as it was", () => {
    const program = readFileSync(join(lab, "program.md"), "utf8").replace("run: sh run.sh", "run: exit 1");
    const other = makeRepo({ ...TOY_FILES, "program.md": program });
    nightyard(other, "run", "--tag", "t", "--no-sandbox", "--experiments", "1", "--agent", "tuner");
    writeFiles(other, { "README.md": "changed afterwards\n" });
    const { out, code } = nightyard(other, "report", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out).headline).toContain("score was not measured");
    expect(sh(other, "status", "--porcelain").trim()).toBe("M README.md");
  });
});
