/**
 * Puts a shell script into a program in the lab's language: in its place, before its work, or after it.
 *
 * The script is the same for all languages. Not covered: a program that ends by `os._exit` or a signal runs nothing
 * after its work.
 */

export type Language = "python" | "javascript" | "typescript" | "shell";

const LANGUAGES: Readonly<Record<string, Language>> = {
  py: "python",
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  ts: "typescript",
  mts: "typescript",
  cts: "typescript",
  sh: "shell",
  bash: "shell",
};

/** By the name's ending; undefined for a language that no attack is written in. */
export function languageOf(path: string): Language | undefined {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(LANGUAGES, ending) ? LANGUAGES[ending] : undefined;
}

export interface Host {
  readonly language: Language;
  /** JavaScript: an ES module. */
  readonly isModule: boolean;
  readonly text: string;
}

/** The host with the script in it. */
export function withPayload(host: Host, when: "instead" | "before" | "after", script: string): string {
  switch (host.language) {
    case "python":
      return python(host.text, when, JSON.stringify(script));
    case "shell":
      return shell(host.text, when, script);
    case "javascript":
    case "typescript":
      return javascript(host, when, JSON.stringify(script));
    default:
      return host.language satisfies never;
  }
}

function python(text: string, when: "instead" | "before" | "after", script: string): string {
  const call = `_run(["/bin/sh", "-c", ${script}])`;
  const load = "from subprocess import call as _run";
  if (when === "instead") return `import sys\n${load}\nsys.exit(${call})\n`;
  const handler = `def _attack():\n    _sys.stdout.flush()\n    ${call}\n_exit.register(_attack)`;
  const after = `import atexit as _exit, sys as _sys\n${handler}`;
  return below(text, /^(#!|#.*coding|from __future__ )/, `${load}\n${when === "before" ? call : after}\n`);
}

function shell(text: string, when: "instead" | "before" | "after", script: string): string {
  if (when === "instead") return `${script}\n`;
  const before = `(\n${script}\n)\n`;
  const after = `nightyard_attack() {\n${script}\n}\ntrap nightyard_attack EXIT\n`;
  return below(text, /^#!/, when === "before" ? before : after);
}

function javascript(host: Host, when: "instead" | "before" | "after", script: string): string {
  const load = host.isModule
    ? 'import { spawnSync as _run } from "node:child_process";'
    : 'const { spawnSync: _run } = require("node:child_process");';
  const call = `_run("/bin/sh", ["-c", ${script}], { stdio: "inherit" })`;
  if (when === "instead") return `${load}\nprocess.exit(${call}.status ?? 1);\n`;
  const line = when === "before" ? `${call};` : `process.on("exit", () => { ${call}; });`;
  return below(host.text, /^#!/, `${load}\n${line}\n`);
}

/** Puts lines behind the last line at the top of a text that must come first. */
function below(text: string, first: RegExp, lines: string): string {
  const all = text.split("\n");
  const at = all.slice(0, 200).findLastIndex((line) => first.test(line));
  return [...all.slice(0, at + 1), lines.trimEnd(), ...all.slice(at + 1)].join("\n");
}
