/** The helpers that print a metric, in TypeScript and in Python: what they print is read back as the same number. */
import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parseMetricLines } from "../src/metric-lines.ts";
import { component } from "./support/component.ts";
import { removeTemps, tempDir } from "./support/repo.ts";

afterAll(removeTemps);

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const NUMBERS = ["0", "1", "0.1", "1e-300", "1.7976931348623157e308", "-123456.789", "0.9697", "3e22"];

/** Each of the values printed by the helper, then the process killed hard: what was printed must be there. */
const LANGUAGES = {
  typescript: (dir: string, calls: readonly string[]) => {
    const helper = join(ROOT, "dist/src/metric.js");
    const lines = [
      `import { metric } from ${JSON.stringify(helper)};`,
      ...calls,
      "process.kill(process.pid, 'SIGKILL');",
    ];
    writeFileSync(join(dir, "run.mjs"), lines.join("\n"));
    return spawnSync(process.execPath, ["run.mjs"], { cwd: dir, encoding: "utf8" });
  },
  python: (dir: string, calls: readonly string[]) => {
    copyFileSync(join(ROOT, "templates/shared/metric.py"), join(dir, "metric.py"));
    const lines = ["import os", "from metric import metric", ...calls, "os.kill(os.getpid(), 9)"];
    writeFileSync(join(dir, "run.py"), lines.join("\n"));
    return spawnSync("python3", ["run.py"], { cwd: dir, encoding: "utf8" });
  },
};

const python = component(spawnSync("python3", ["--version"]).status === 0, "Python", "apt-get install python3");

describe.each(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[])("metric() in %s", (language) => {
  const test = it.skipIf(language === "python" && !python);

  test("is read back as the number it was given, also when the process is killed right after", () => {
    const ran = LANGUAGES[language](
      tempDir(),
      NUMBERS.map((n, i) => `metric("m${i}/a.b-c", ${n})`),
    );
    expect(ran.signal).toBe("SIGKILL");
    const { values, problems } = parseMetricLines(ran.stdout);
    expect(problems).toEqual([]);
    expect(Object.values(values)).toEqual(NUMBERS.map(Number));
    expect(ran.stdout.trimEnd().split("\n")).toHaveLength(NUMBERS.length);
  });

  const not =
    language === "python" ? ["float('nan')", "float('inf')", "-float('inf')"] : ["NaN", "Infinity", "-Infinity"];
  test.each(not)("refuses %s", (value) => {
    const ran = LANGUAGES[language](tempDir(), [`metric("m", ${value})`]);
    expect([ran.status, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toMatch(/not a finite number/);
  });

  test.each(["", "1st", "two words", "a=b", "x\\nMETRIC y", "x".repeat(65)])("refuses the name %j", (name) => {
    const ran = LANGUAGES[language](tempDir(), [`metric("${name}", 1)`]);
    expect([ran.status, ran.stdout]).toEqual([1, ""]);
  });
});
