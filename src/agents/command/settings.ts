/**
 * What `--agent command:…` says: a shell line, or a JSON file with the shell line and what it needs.
 *
 * One word that ends in `.json` is a file; all else is a line. A program named by `./` or `../` is looked for beside
 * the JSON file, or in the folder where nightyard was started: never in the lab, whose files the agent may change.
 */
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../util/user-error.ts";

const Wire = z.enum(["openai-chat", "openai-responses", "anthropic", "gemini"]);
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const Variable = z.string().regex(VARIABLE, "expected the name of an environment variable");

const UpstreamSetting = z.strictObject({
  /** Part of the base URL: http://127.0.0.1:PORT/<name>. */
  name: z.string().regex(/^[a-z0-9-]+$/, "expected small letters, digits and '-'"),
  url: z.url({ protocol: /^https?$/ }),
  wire: Wire,
  /** The variable in which the program finds the base URL. */
  env: Variable,
});

const Settings = z.strictObject({
  /** A shell line; {prompt-file} and {prompt} are put in, quoted. */
  command: z.string().trim().min(1),
  /** What the ledger calls it. */
  name: z.string().trim().min(1).max(40).optional(),
  /** Whether the prompt is written to its standard input. */
  stdin: z.boolean().default(true),
  home: z.enum(["fresh", "own"]).default("fresh"),
  /** Paths beside the worktree; ~ is the person's home. */
  read: z.array(z.string()).default([]),
  write: z.array(z.string()).default([]),
  /** Variables of nightyard's own environment that it gets: keys. */
  env: z.array(Variable).default([]),
  set: z.record(Variable, z.string()).default({}),
  network: z.enum(["none", "open", "gateway"]).optional(),
  upstreams: z.array(UpstreamSetting).default([]),
  /** Hosts reached without being counted. */
  tunnel: z.array(z.string().regex(/^[a-z0-9.-]+$/i, "expected a host name")).default([]),
  /** Most requests to models in one turn. */
  requests: z.int().positive().optional(),
  prices: z.string().optional(),
});

export type CommandSettings = Omit<z.output<typeof Settings>, "network"> & {
  readonly network: "none" | "open" | "gateway";
  /** Folder from which `./` counts. */
  readonly base: string;
};

/** Reads what follows `command:` or `acp:`; throws UserError. */
export function commandSettings(argument: string, kind: "command" | "acp" = "command"): CommandSettings {
  const text = argument.trim();
  if (text === "") {
    throw new UserError(`--agent ${kind}: expected a command line or a JSON file behind the colon, found nothing`, {
      fix: `nightyard run --agent "${kind}:${kind === "acp" ? "opencode acp" : "./my-agent {prompt-file}"}"`,
    });
  }
  if (!isFile(text)) return complete(Settings.parse({ command: text }), process.cwd(), `--agent ${kind}`);
  const file = resolve(untilde(text));
  const parsed = Settings.safeParse(readJson(file));
  if (parsed.success) return complete(parsed.data, dirname(file), file);
  const [issue] = parsed.error.issues;
  throw new UserError(`${file}: ${issue?.path.join(".") || "the settings"}: ${issue?.message}`, {
    fix: "see docs/agents.md for the fields of an agent file",
    cause: parsed.error,
  });
}

/** A name with blanks in it is a file only when that file is there. */
function isFile(text: string): boolean {
  return /^\S+\.json$/.test(text) || (text.endsWith(".json") && existsSync(resolve(untilde(text))));
}

function complete(settings: z.output<typeof Settings>, base: string, where: string): CommandSettings {
  const { upstreams, tunnel } = settings;
  const named = upstreams.length + tunnel.length > 0;
  const network = settings.network ?? (named ? "gateway" : "none");
  if (network === "gateway" && !named) {
    throw new UserError(`${where}: network "gateway" leads nowhere without upstreams or tunnel`, {
      fix: 'add "upstreams" with name, url, wire and env: docs/agents.md shows one',
    });
  }
  const missing = settings.env.find((name) => (process.env[name] ?? "") === "");
  if (missing !== undefined) {
    throw new UserError(`${where}: the agent needs ${missing}, which is not set`, { fix: `export ${missing}=…` });
  }
  return { ...settings, network, base };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${file}: expected a JSON file with the settings of an agent: ${why}`, { cause });
  }
}

/** The program that a line begins with, when it is named by `./` or `../` and is there. */
export function ownProgram(settings: CommandSettings): { readonly word: string; readonly path: string } | undefined {
  const word = /^(?:\.\.?\/)\S+/.exec(settings.command)?.[0];
  const path = word === undefined ? undefined : resolve(settings.base, word);
  return word !== undefined && path !== undefined && existsSync(path) ? { word, path } : undefined;
}

export function untilde(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(os.homedir(), path.slice(1)) : path;
}
