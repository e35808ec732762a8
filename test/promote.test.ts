/** Baseline and champion at other scales: real git, real runs, the command as it ships. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it, vi } from "vitest";
import { formatProblem, parseProgram, programAt } from "../src/program.ts";
import { chooseScales } from "../src/promote.ts";
import { BIN, night, nightyard, of, program, put, SUM_FILES } from "./support/after.ts";
import { makeRepo, removeTemps, tempDir } from "./support/repo.ts";
import { promoteJson } from "./support/shapes.ts";
import { play, playing } from "./support/toy.ts";

// Real runs and processes, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 });
afterAll(removeTemps);

const SCALES = `promote:
  - { name: large, env: { SCALE: 3 }, budget: 2s }
  - { name: flat, env: { FLAT: "yes" }, seeds: 2 }
  - { name: other, run: "echo score: $(cat c.txt)" }
`;
const RUN =
  'test -z "$FLAT" || { echo "score: 7"; exit; }; test -n "$SCALE" || SCALE=1; echo "score: $(( $(cat a.txt) * SCALE ))"; echo "budget: $NIGHTYARD_BUDGET_SECONDS"\n';
const files = { ...SUM_FILES, "program.md": program(SCALES), "run.sh": RUN };

describe("promote", () => {
  it("says at which scale the gain is there too, beside the original, and leaves the session as it was", async () => {
    const dir = makeRepo(files);
    const played = await play(dir, { agent: playing([put("a", { "a.txt": "8\n" })]), confirmRuns: 1 });
    const done = nightyard(dir, "promote", "--no-sandbox");
    expect(done.code).toBe(3);
    expect(done.out.split("\n")).toEqual([
      "as it was run  score 10 → 8 (−20.00 % ± 0.00)",
      "large  transfers; score 30 → 24 (−20.0 % ± 0.00)",
      "flat  does not transfer; score 7 → 7 (±0.00 % ± 0.00)",
      "other  does not transfer; score 5 → 5 (±0.00 % ± 0.00)",
      "",
    ]);
    const after = await night(dir);
    expect(after.session).toEqual(played.session);
    const runs = of(after.events, "remeasured");
    expect(runs.map((r) => r.arm).slice(0, 2)).toEqual(["large/baseline", "large/champion"]);
    expect(runs.map((r) => r.measurement?.extra.budget).slice(0, 3)).toEqual([2, 2, undefined]);
    expect(of(after.events, "promoted")[0]?.scales.map((s) => s.payment.word)).toEqual([
      ...["pays", "no longer pays", "no longer pays"],
    ]);
    const one = nightyard(dir, "promote", "--scale", "large", "--no-sandbox", "--json");
    expect(one.code).toBe(0);
    const json = promoteJson.parse(JSON.parse(one.out));
    expect(json.scales?.map((s) => [s.name, s.budgetSeconds, s.word])).toEqual([["large", 2, "transfers"]]);
    const dry = nightyard(dir, "promote", "--dry-run");
    expect(dry.out).toMatch(/would run [0-9a-f]{7} and [0-9a-f]{7} at flat: 2 runs each/);
    const unknown = nightyard(dir, "promote", "--scale", "larger", "--no-sandbox");
    expect([unknown.code, unknown.err]).toEqual([
      ...[2, expect.stringContaining('expected one of large, flat, other, found "larger"')],
    ]);
  });

  it("goes on after kill -9 without running anything twice", async () => {
    const slow = 'test -z "$SLOW" || { echo . >> "$SLOW/began"; while test ! -e "$SLOW/go"; do sleep 0.1; done; }\n';
    const more = `env: [SLOW]\n${SCALES}`;
    const dir = makeRepo({ ...files, "program.md": program(more), "run.sh": `${slow}${RUN}` });
    await play(dir, { agent: playing([put("a", { "a.txt": "8\n" })]) });
    // Killed in the first run, which goes on for a while without it.
    const place = tempDir();
    const child = spawn(process.execPath, [BIN, "promote", "--no-sandbox"], {
      cwd: dir,
      env: { ...process.env, SLOW: place },
      stdio: "ignore",
    });
    while (child.exitCode === null && !existsSync(join(place, "began"))) await delay(50);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
    writeFileSync(join(place, "go"), "");
    const done = nightyard(dir, "promote", "--no-sandbox", "--scale", "large", "--scale", "flat", "--scale", "other");
    expect(done.code).toBe(3);
    const runs = of((await night(dir)).events, "remeasured");
    expect(new Set(runs.map((r) => r.job)).size).toBe(runs.length);
    const arms = runs.filter((r) => r.outcome.kind === "finished").map((r) => r.arm);
    expect(arms.sort()).toEqual(
      ["large", "flat", "other"].flatMap((name) => [`${name}/baseline`, `${name}/champion`]).sort(),
    );
    expect(readFileSync(join(place, "began"), "utf8")).toBe(".\n");
    expect(readdirSync(join(dir, ".nightyard/jobs"))).toEqual([]);
    expect(readdirSync(join(dir, ".nightyard/runs"))).toEqual([]);
  });

  it("needs scales, and takes those that were written down later", async () => {
    const dir = makeRepo(SUM_FILES);
    await play(dir, { agent: playing([put("a", { "a.txt": "8\n" })]) });
    const none = nightyard(dir, "promote", "--no-sandbox");
    expect([none.code, none.out]).toEqual([2, ""]);
    expect(none.err).toContain("expected scales under promote, found none");
    writeFileSync(join(dir, "program.md"), files["program.md"]);
    expect(nightyard(dir, "promote", "--scale", "flat", "--no-sandbox").code).toBe(0);
  });
});

describe("promote in program.md", () => {
  const parse = (lines: string) => parseProgram(program(`promote:\n${lines}`), "program.md", []);
  const faults = (lines: string) => {
    const parsed = parse(lines);
    return parsed.ok ? [] : parsed.problems.map(formatProblem);
  };

  it("changes budget, timeout, command and variables, and nothing else", () => {
    const parsed = parse(
      "  - { name: long, budget: 10m, env: { DEPTH: 12, WIDE: true }, seeds: 5 }\n  - { name: same }\n",
    );
    if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join("\n"));
    const { program: lab } = parsed;
    const [long, same] = chooseScales(lab.promote, []);
    if (long === undefined || same === undefined) throw new Error("no scales");
    const at = programAt(lab, long);
    expect([at.budgetSeconds, at.timeoutSeconds, at.fixedEnv]).toEqual([600, 1260, { DEPTH: "12", WIDE: "true" }]);
    expect({ ...at, budgetSeconds: 1, timeoutSeconds: 30, fixedEnv: undefined }).toEqual({
      ...lab,
      fixedEnv: undefined,
    });
    expect(programAt(lab, same)).toEqual({ ...lab, fixedEnv: {} });
    expect([long.seeds, same.seeds]).toEqual([5, 3]);
  });

  it("names each fault with its line", () => {
    expect(faults("  - { name: a }\n  - { name: a }\n")).toEqual([
      expect.stringMatching(/program.md:11: promote\[1\].name: found "a"; expected a name that no other scale has/),
    ]);
    expect(faults("  - { name: a, budget: 1m, timeout: 10s }\n")).toEqual([
      expect.stringMatching(/:10: promote\[0\].timeout: found "10s"; expected at least the scale's budget of 1m/),
    ]);
    expect(faults("  - { name: a, steps: 3 }\n")[0]).toMatch(/expected one of the fields name, budget, timeout, run/);
    expect(faults("  - { name: a, seeds: 1 }\n")[0]).toContain("a whole number from 2 to 50");
    expect(faults("  - { name: a, env: { NIGHTYARD_SEED: 3 } }\n")[0]).toContain("promote[0].env");
    expect(faults("  - { name: A b }\n")[0]).toContain("a name of a-z, 0-9 and hyphens");
  });
});
