/** Completion in a real bash, from the command as it ships; what it offers is what help names. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeTemps, tempDir } from "./support/repo.ts";

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));

function nightyard(...args: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8" });
}

let dir: string;
beforeAll(() => {
  dir = tempDir();
  mkdirSync(join(dir, "my lab"));
  writeFileSync(join(dir, "night.tsv"), "");
  writeFileSync(join(dir, "completion.bash"), nightyard("completion", "bash").stdout);
});
afterAll(removeTemps);

/** What bash offers after these words, the last one being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `source ./completion.bash
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nightyard
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const r = spawnSync("bash", ["--norc", "-c", script, "bash", ...words], { cwd: dir, encoding: "utf8" });
  expect(r.stderr).toBe("");
  return r.stdout.split("\n").filter((line) => line !== "");
}

describe("completion", () => {
  it("offers exactly the commands that help lists", () => {
    const help = nightyard("--help").stdout;
    const listed = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}([a-z]+)[ |]/gm)].map((m) => m[1]);
    const commands = listed.filter((name) => name !== "help" && name !== "nightyard");
    expect(commands).toContain("watch");
    expect(offered("nightyard", "").filter((word) => !word.startsWith("-"))).toEqual(commands);
    expect(offered("nightyard", "sta")).toEqual(["status"]);
  });

  it("offers the options of a command, and of one below another", () => {
    expect(offered("nightyard", "run", "--max-e")).toEqual(["--max-experiments"]);
    expect(offered("nightyard", "status", "--s")).toEqual(["--session"]);
    expect(offered("nightyard", "ledger", "r")).toContain("restore");
    expect(offered("nightyard", "ledger", "restore", "--dry")).toEqual(["--dry-run"]);
  });

  it("offers folders for a lab, and files after an option with a value", () => {
    expect(offered("nightyard", "status", "my")).toEqual(["my lab"]);
    expect(offered("nightyard", "report", "--out", "ni")).toEqual(["night.tsv"]);
  });

  it("has all commands for zsh and fish, and refuses another shell with the fix", () => {
    const fish = nightyard("completion", "fish").stdout;
    for (const name of offered("nightyard", "").filter((word) => !word.startsWith("-"))) {
      expect(fish).toContain(` -f -a '${name}' `);
    }
    expect(nightyard("completion", "zsh").stdout).toMatch(/^#compdef nightyard\n/);
    const other = nightyard("completion", "tcsh");
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('found "tcsh"');
  });
});
