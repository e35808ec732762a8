/**
 * The program that an ACP command line begins with: found before a session begins, so that a missing one is said at
 * once, with the line that installs it.
 */
import { basename, resolve } from "node:path";
import { isExecutable } from "../../util/executable.ts";
import { EXIT, UserError } from "../../util/user-error.ts";
import { type CommandSettings, ownProgram } from "../command/settings.ts";
import { foldersOf, whereIs } from "../presets/find.ts";

export interface AcpProgram {
  readonly name: string;
  /** Put in place of the line's first word; undefined: the line is left as it is. */
  readonly path: string | undefined;
  /** Folders that it needs and that may lie in the hidden home. */
  readonly folders: readonly string[];
}

/** Agents that were tried (opencode) or are known, with what installs them. */
const INSTALL: Readonly<Record<string, string>> = {
  opencode: "npm install -g opencode-ai@1.18.33",
  gemini: "npm install -g @google/gemini-cli@0.61.0",
  qwen: "npm install -g @qwen-code/qwen-code@0.15.10",
  "codex-acp": "npm install -g @agentclientprotocol/codex-acp@2.6.0",
  "claude-agent-acp": "npm install -g @agentclientprotocol/claude-agent-acp@0.49.0",
};

/** Throws UserError (exit 4) when it is not there. */
export function findProgram(settings: CommandSettings): AcpProgram {
  const own = ownProgram(settings);
  if (own !== undefined) return { name: basename(own.path), path: own.path, folders: [] };
  const [word = ""] = settings.command.split(/\s/);
  // A line of the shell's own (VAR=1 program, quotes): nothing is known of it before it runs.
  if (!/^[A-Za-z0-9_.+/-]+$/.test(word)) return { name: "agent", path: undefined, folders: [] };
  const path = word.includes("/") ? resolve(settings.base, word) : whereIs(word);
  if (path !== undefined && isExecutable(path)) return { name: basename(word), path, folders: foldersOf(path) };
  const where = word.includes("/") ? "" : " on PATH or NIGHTYARD_AGENT_PATH";
  throw new UserError(`--agent acp: there is no program ${word}${where}`, {
    exitCode: EXIT.agentUnavailable,
    fix: INSTALL[word] ?? `install ${word}, or give its whole path: acp:/path/to/${basename(word)}`,
  });
}
