/** The JSON Schema for editors is what the checks are made from. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { programJsonSchema } from "../src/program/schema.ts";
import { formatProblem, parseProgram } from "../src/program.ts";

describe("schema/program.schema.json", () => {
  const text = readFileSync(new URL("../schema/program.schema.json", import.meta.url), "utf8");
  const schema = JSON.parse(text);

  test("is up to date (else: node --import tsx src/program/write-schema.ts)", () => {
    expect(text).toBe(programJsonSchema());
  });

  test("requires what the checks require and allows nothing unknown", () => {
    expect(schema.required).toEqual(["name", "description", "metric", "scope", "run"]);
    expect(schema.additionalProperties).toBe(false);
  });

  test("describes every field", () => {
    const fields = Object.entries<{ description?: string }>(schema.properties);
    expect(fields.filter(([, field]) => !field.description).map(([name]) => name)).toEqual([]);
  });
});

describe("docs/program.md", () => {
  const docs = readFileSync(new URL("../docs/program.md", import.meta.url), "utf8");
  const examples = [...docs.matchAll(/```markdown\n([\s\S]*?)```/g)].map((match) => match[1]!);

  test.each(examples.map((text) => [/^name: (.*)$/m.exec(text)?.[1] ?? "?", text]))(
    "the example %s is valid",
    (_name, text) => {
      const result = parseProgram(text, "program.md", []);
      expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([]);
    },
  );

  test("names every field", () => {
    const fields = Object.keys(JSON.parse(programJsonSchema()).properties);
    expect(fields.filter((field) => !docs.includes(`\`${field}\``))).toEqual([]);
  });
});
