/**
 * The Agent Skill that we ship: the rules of its format, and that every command and tool it names is there.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { mcpServer } from "../src/mcp.ts";
import { BIN } from "./mcp/driving.ts";

const SKILLS = fileURLToPath(new URL("../skills", import.meta.url));
const FIELDS = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

interface Front {
  readonly name: string;
  readonly description: string;
  readonly compatibility?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

function read(dir: string): { readonly front: Front; readonly body: string; readonly lines: number } {
  const text = readFileSync(join(dir, "SKILL.md"), "utf8");
  const [, front = "", body = ""] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  return { front: parse(front) as Front, body, lines: text.split("\n").length };
}

const skills = readdirSync(SKILLS).map((name) => join(SKILLS, name));

describe.each(skills)("the skill %s", (dir) => {
  it("has front matter and a length as the format wants them", () => {
    const { front, lines } = read(dir);
    expect(Object.keys(front).filter((field) => !FIELDS.includes(field))).toEqual([]);
    expect(front.name).toBe(basename(dir));
    expect(front.name).toMatch(/^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(front.description.length).toBeGreaterThan(0);
    expect(front.description.length).toBeLessThanOrEqual(1024);
    expect((front.compatibility ?? "").length).toBeLessThanOrEqual(500);
    for (const value of Object.values(front.metadata ?? {})) expect(typeof value).toBe("string");
    expect(lines).toBeLessThan(500);
  });
});

describe("the skill nightyard", () => {
  const { body } = read(join(SKILLS, "nightyard"));

  it("names only commands and options that --help has", { timeout: 180_000 }, async () => {
    const lines = [...body.matchAll(/`nightyard ([^`]+)`/g)].map((match) => match[1] ?? "");
    expect(lines.length).toBeGreaterThan(10);
    const commands = [...new Set(lines.map((line) => line.split(" ")[0] ?? ""))].filter((c) => c !== "--help");
    const all = await helpOf([]);
    const helps = new Map<string, string>();
    for (const command of commands) helps.set(command, await helpOf([command]));
    for (const line of lines.filter((l) => l !== "--help")) {
      const [command = ""] = line.split(" ");
      expect(all, line).toMatch(new RegExp(`^ {2}${command} `, "m"));
      for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(helps.get(command), line).toContain(option);
    }
  });

  it("names only tools that the server has, and all of them", async () => {
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await mcpServer({ seats: [] }).connect(theirs);
    const client = new Client({ name: "test", version: "1" });
    await client.connect(ours);
    const tools = (await client.listTools()).tools.map((tool) => tool.name);
    await client.close();
    expect(tools.length).toBe(7);
    const named = [...body.matchAll(/^\d\. (?:After|At the end|Crashed)?[^`\n]*`([a-z]+)`/gm)].map((match) => match[1]);
    expect([...new Set(named)].sort()).toEqual([...tools].sort());
  });
});

function helpOf(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [BIN, ...words, "--help"], (error, out) =>
      error === null ? resolve(out) : reject(error),
    );
  });
}
