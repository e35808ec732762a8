/** What is wrong with a program.md: every fault at once, in line order, each with line, field, found, right and fix. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProblem, parseProgram } from "../src/program.ts";

const FIELDS: Readonly<Record<string, string>> = {
  name: "a",
  description: "b",
  metric: "{ name: m, goal: maximize }",
  scope: "[a.txt]",
  run: "'true'",
};

/** A valid program with some fields replaced (in place) or added (at the end). Its `name` stands on line 2. */
function program(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ ...FIELDS, ...fields }).map(([field, value]) => `${field}: ${value}`);
  return `---\n${lines.join("\n")}\n---\nbody\n`;
}

function faultsOf(text: string): string[] {
  const result = parseProgram(text, "program.md", ["a.txt", "package.json"]);
  return result.ok ? [] : result.problems.map(formatProblem);
}

describe("a single fault", () => {
  test.each<[string, Record<string, string>, string]>([
    ["a doubled hyphen", { name: "a--b" }, '2: name: found "a--b"; expected lower-case letters and digits'],
    ["capitals", { name: "Nano GPT" }, "Fix: name: nano-gpt"],
    ["a leading hyphen", { name: "-a" }, "2: name"],
    ["a long name", { name: "a".repeat(65) }, "at most 64"],
    ["a number as a name", { name: "5" }, 'Fix: name: "5"'],
    ["a blank description", { description: '"  "' }, "3: description"],
    ["a long description", { description: "x".repeat(1025) }, "of at most 1024 characters"],
    [
      "a bare metric",
      { metric: "val_bpb" },
      '4: metric: found "val_bpb"; expected a name and a goal. Fix: metric: { name: val_bpb',
    ],
    ["a missing goal", { metric: "{ name: m }" }, "4: metric.goal: found nothing; expected minimize or maximize"],
    ["another word for the goal", { metric: "{ name: m, goal: lower }" }, "Fix: goal: minimize"],
    ["the other word", { metric: "{ name: m, goal: higher }" }, "Fix: goal: maximize"],
    ["a metric with a blank", { metric: "{ name: a b, goal: maximize }" }, '4: metric.name: found "a b"'],
    ["a yes", { metric: "{ name: m, goal: maximize, deterministic: yes }" }, "Fix: deterministic: true"],
    ["NaN", { metric: "{ name: m, goal: maximize, min-effect: .nan }" }, '4: metric.min-effect: found ".nan"'],
    ["infinity", { metric: "{ name: m, goal: maximize, min-effect: 1e999 }" }, 'found "1e999"; expected a finite'],
    ["a negative effect", { metric: "{ name: m, goal: maximize, min-effect: -1 }" }, "at least 0"],
    ["a percentage", { metric: "{ name: m, goal: maximize, min-effect-rel: 5 }" }, "a fraction from 0 to 1"],
    ["another scale", { metric: "{ name: m, goal: maximize, scale: ln }" }, "linear or log"],
    ["a camel-case field", { metric: "{ name: m, goal: maximize, minEffect: 1 }" }, "did you mean min-effect?"],
    ["an empty scope", { scope: "[]" }, '5: scope: found "[]"; expected at least one glob'],
    ["a scope of one word", { scope: "a.txt" }, "Fix: scope: [a.txt]"],
    ["only exclusions", { scope: '["!a.txt"]' }, '5: scope: found "!a.txt"; expected at least one glob without !'],
    ["an absolute scope", { scope: "[/etc/passwd]" }, '5: scope[0]: found "/etc/passwd"; expected a path relative'],
    ["a home scope", { scope: "[~/x]" }, "a path relative to the lab"],
    ["a drive", { scope: '["C:/x"]' }, "a path relative to the lab"],
    ["a scope above", { scope: "[a.txt, src/../../x]" }, '5: scope[1]: found "src/../../x"; expected a path inside'],
    ["a backslash", { scope: "['src\\a.ts']" }, "Fix: src/a.ts"],
    ["a folder with a slash", { scope: "[src/]" }, "Fix: src/**"],
    ["a number in scope", { scope: "[5]" }, '5: scope[0]: found "5"; expected a glob'],
    ["program.md in scope", { scope: '["**/*.md"]' }, 'Fix: add "!program.md" to scope'],
    ["an unquoted star", { scope: "[*.ts]" }, '5: scope: found "scope: [*.ts]"; expected quotes'],
    [
      "an unquoted exclamation mark",
      { scope: "[!a, b]" },
      'expected quotes around a value that begins with !. Fix: "!a"',
    ],
    [
      "words for a duration",
      { budget: "60 minutes" },
      '7: budget: found "60 minutes"; expected a duration such as 60s',
    ],
    ["words for a duration, mended", { budget: "5 min" }, "Fix: budget: 5m"],
    ["a negative duration", { budget: "-5" }, '7: budget: found "-5"; expected a duration'],
    ["no time at all", { budget: "0s" }, "7: budget"],
    ["an endless time", { timeout: "1e999" }, '7: timeout: found "1e999"; expected a duration'],
    ["more than a week", { timeout: "200h" }, "to a week"],
    ["a list as a duration", { budget: "[5m]" }, '7: budget: found "[5m]"'],
    ["an empty command", { run: "" }, "6: run: found nothing; expected a command"],
    ["a map as a command", { run: "{ a: 1 }" }, '6: run: found "{ a: 1 }"; expected a command'],
    ["a colon in a command", { run: "npx: foo: bar" }, "quote a value that contains ': '"],
    ["a control character", { run: '"a\\u001b[31m"' }, "without control characters"],
    [
      "a gate that is no list",
      { gates: "npm test" },
      '7: gates: found "npm test"; expected a list of commands such as [npm test]. Fix: gates: [npm test]',
    ],
    [
      "a unit in a guard",
      { guards: "[memory_mb <= 4GB]" },
      '7: guards[0]: found "memory_mb <= 4GB"; expected a limit without a unit',
    ],
    ["two equals signs", { guards: "[a == 4]" }, "one of <=, >=, < and >"],
    ["an endless limit", { guards: "[a <= 1e999]" }, "a finite limit"],
    ["a guard of words", { guards: "[low memory]" }, "a metric, one of <=, >=, < and >, and a number"],
    ["a guard on the metric", { guards: "[m >= 1]" }, "a limit on another metric"],
    ["four repair turns", { "repair-turns": "4" }, "0, 1, 2 or 3"],
    ["half a repair turn", { "repair-turns": "0.5" }, "0, 1, 2 or 3"],
    ["a bare judge", { judge: "strict" }, "Fix: judge: { preset: strict }"],
    [
      "an unknown preset",
      { judge: "{ preset: lax }" },
      '7: judge.preset: found "lax"; expected fast, default or strict',
    ],
    ["a value in env", { env: "[A=b]" }, '7: env[0]: found "A=b"; expected the name'],
    ["one of our own variables", { env: "[NIGHTYARD_SEED]" }, "does not set itself"],
    ["a link above", { links: "[../x]" }, '7: links[0]: found "../x"; expected a path inside'],
    ["a glob as a link", { links: "['*']" }, "a path, not a glob"],
    ["a link in scope", { links: "[a.txt]" }, '7: links[0]: found "a.txt"; expected an ignored path outside scope'],
    ["a link to git", { links: "[.git]" }, "outside scope, .git and .nightyard"],
    ["a typo", { buget: "5m" }, '7: buget: found "buget"; expected a known field. Fix: did you mean budget?'],
    ["another word for a field", { command: "x" }, "did you mean run?"],
    ["a stranger", { colour: "red" }, '7: colour: found "colour"; expected one of the fields name, description'],
  ])("%s", (_what, fields, expected) => {
    const faults = faultsOf(program(fields));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(expected);
    expect(faults[0]).toMatch(/^program\.md:\d+: /);
  });
});

test("keys that JavaScript treats specially are unknown fields like any other", () => {
  const faults = faultsOf(program({ constructor: "1", toString: "2" }).replace("run:", "__proto__: { a: 1 }\nrun:"));
  expect(faults.map((fault) => fault.slice(0, 24))).toEqual([
    "program.md:6: __proto__:",
    "program.md:8: constructo",
    "program.md:9: toString: ",
  ]);
});

describe("measuring is out of the agent's reach", () => {
  test.each<[Record<string, string>, string]>([
    [
      { scope: '["*.ts"]', evaluate: "npx tsx evaluate.ts" },
      "leave out evaluate.ts, which evaluate names (evaluator in scope",
    ],
    [{ scope: '["*.ts"]', evaluate: "npx tsx ./evaluate.ts --x=1" }, 'Fix: add "!evaluate.ts" to scope'],
    [{ scope: '["*.py"]', prepare: "A=1 python3.12 'prepare.py' > log" }, "leave out prepare.py, which prepare names"],
    [{ scope: '["bench/**"]', evaluate: "python -m bench.score" }, "leave out bench/score.py"],
    [{ scope: '["bench/**"]', evaluate: "node --test bench/" }, "leave out bench,"],
    [{ scope: '["*.json"]', evaluate: "npm run eval" }, "leave out package.json"],
    [{ scope: "[Makefile]", evaluate: "make eval" }, "leave out Makefile"],
  ])("%j", (fields, expected) => {
    expect(faultsOf(program(fields)).join("\n")).toContain(expected);
  });

  test.each<[Record<string, string>]>([
    [{ scope: '["*.ts", "!evaluate.ts"]', evaluate: "npx tsx evaluate.ts" }],
    [{ scope: '["**", "!program.md"]', evaluate: "/usr/bin/score --out $NIGHTYARD_RUN_DIR/a.txt" }],
    [{ scope: "[a.txt]", evaluate: 'score "$NIGHTYARD_RUN_DIR/a.txt"' }],
    [{ scope: '["**", "!program.md"]', evaluate: "python3.12 -c 1" }],
  ])("%j is accepted", (fields) => {
    expect(faultsOf(program(fields))).toEqual([]);
  });

  test("a timeout below the budget is refused with a better one", () => {
    expect(faultsOf(program({ budget: "5m", timeout: "4m" }))).toEqual([
      'program.md:8: timeout: found "4m"; expected at least the budget of 5m. Fix: timeout: 11m',
    ]);
  });
});

describe("many faults", () => {
  test("are all reported, in the order of their lines", () => {
    const faults = faultsOf(
      [
        "---",
        "nmae: a",
        "description: ''",
        "metric: { name: m, goal: up }",
        'scope: ["*.ts", /x]',
        "budget: 5m",
        "timeout: 1m",
        "evaluate: 7",
        "---",
      ].join("\n"),
    );
    expect(faults.map((fault) => fault.split(": ", 2).join(": "))).toEqual([
      "program.md:1: run",
      "program.md:2: nmae",
      "program.md:3: description",
      "program.md:4: metric.goal",
      "program.md:5: scope[1]",
      "program.md:7: timeout",
      "program.md:8: evaluate",
    ]);
  });

  test("a rule between fields is checked beside the faults of other fields", () => {
    const faults = faultsOf(program({ name: "A", scope: '["*.ts"]', evaluate: "tsx evaluate.ts" }));
    expect(faults).toHaveLength(2);
    expect(faults[1]).toContain("evaluator in scope");
  });

  test("every missing field is named, with an example", () => {
    expect(faultsOf("---\n---\n")).toEqual([
      expect.stringContaining("program.md:1: name: found nothing; expected a name such as nano-gpt. Fix: name: my-lab"),
      expect.stringContaining("description"),
      expect.stringContaining("Fix: metric: { name: val_bpb, goal: minimize }"),
      expect.stringContaining("Fix: scope: [train.ts]"),
      expect.stringContaining("Fix: run: npx tsx train.ts"),
    ]);
  });

  test("duplicate keys are each reported on their second line", () => {
    const faults = faultsOf(program({}).replace("run:", "name: b\nname: c\nrun:"));
    expect(faults).toEqual([
      'program.md:6: name: found "name: b"; expected every field once. Fix: remove one of the two lines',
      'program.md:7: name: found "name: c"; expected every field once. Fix: remove one of the two lines',
    ]);
  });
});

describe("broken files", () => {
  test.each([
    [
      "front matter that never ends",
      "---\nname: a\n",
      'program.md:1: front matter: found "---"; expected a second line ---',
    ],
    ["front matter after blank lines", `\n\n${program({})}`, "program.md:3: front matter"],
    [
      "a tab as indentation",
      "---\nmetric:\n\tname: m\n---\n",
      'program.md:3: front matter: found "name: m"; expected blanks, not tabs',
    ],
    ["an open bracket", "---\nscope: [a\nrun: b\n---\n", "program.md:3: front matter"],
    ["an open quote", '---\nname: "a\n---\n', "valid YAML"],
    ["a list", "---\n- a\n---\n", "expected fields such as name"],
    ["a sentence", "---\nhello\n---\n", "expected fields such as name"],
    ["nothing", "", "nightyard init"],
    ["deep nesting", `---\nmetadata: ${"[".repeat(30_000)}\n---\n`, "at most 20 levels"],
    ["moderate nesting", `---\nmetadata: ${"[".repeat(60)}${"]".repeat(60)}\n---\n`, "at most 20 levels"],
    ["huge front matter", `---\n# ${"x".repeat(70_000)}\n---\n`, "at most 65536 characters"],
    ["a huge text", "x".repeat(1_048_577), "at most 1048576 bytes"],
    ["a null character", "---\nname: a\0b\n---\n", "program.md:2: name"],
  ])("%s", (_what, text, expected) => {
    expect(faultsOf(text).join("\n")).toContain(expected);
  });

  test("an alias bomb is refused before it grows", () => {
    const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`);
    const faults = faultsOf(`---\na0: &a0 x\n${levels.join("\n")}\n---\n`);
    expect(faults.some((fault) => fault.includes("expected quotes around a value that begins with *"))).toBe(true);
  });

  test("no text makes the reader throw, and no fault holds a control character", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom(
        ..."---\n|name:|metric: {|scope: [|*a|&a |!x |\"|'|\n|\t|\r|: |- |__proto__|>|{}|\uFEFF".split("|"),
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const faults = faultsOf(`---\n${pieces.join("")}\n---\n`);
        return faults.every((fault) => !/[\u0000-\u001f\u007f\u202e]/.test(fault) && fault.length < 1600);
      }),
      { numRuns: 400 },
    );
  });
});
