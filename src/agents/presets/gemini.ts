/**
 * Gemini CLI. Its tools are a list (none for a shell or the web), and edits are limited to the files in scope by its
 * policy rules: patterns over the arguments of a call.
 *
 * Known: without a list of tools it has no edit tool at all when no person is there, and still ends with 0. It knows no
 * dollars. Its settings are given as those of the system, which stand above a person's own.
 */
import type { Reading } from "../command/answer.ts";
import { eventsIn, numberAt, textAt } from "./events.ts";
import type { Ask, Preset, PresetLaunch } from "./preset.ts";

export const gemini: Preset = {
  name: "gemini",
  title: "Gemini CLI",
  bin: "gemini",
  npm: "@google/gemini-cli",
  pinned: "0.61.0",
  oldest: "0.60.0",
  untriedFrom: "0.62.0",
  providers: ["google"],
  wire: "gemini",
  wires: ["gemini"],
  modelNeeded: false,
  login: [".gemini"],
  covered: [".gemini/settings.json", ".gemini/GEMINI.md", ".gemini/commands", ".gemini/extensions", ".gemini/policies"],
  hosts: ["cloudcode-pa.googleapis.com", "oauth2.googleapis.com", "accounts.google.com", "www.googleapis.com"],
  launch,
  read,
};

const TOOLS = ["read_file", "list_directory", "glob", "grep_search", "search_file_content", "replace", "write_file"];
const SETTINGS_FILE = "gemini-settings.json";
const POLICY_FILE = "gemini-policy.toml";

function launch(ask: Ask): PresetLaunch {
  const { settled, place, url } = ask;
  const args = [
    ...["--output-format", "stream-json", "--approval-mode", "auto_edit"],
    ...["--policy", `${place.home}/${POLICY_FILE}`, "--extensions", "none"],
    ...(settled.model === undefined ? [] : ["-m", settled.model]),
  ];
  const env = {
    GEMINI_CLI_SYSTEM_SETTINGS_PATH: `${place.home}/${SETTINGS_FILE}`,
    GEMINI_CLI_TRUST_WORKSPACE: "true",
    GEMINI_CLI_NO_RELAUNCH: "1",
    ...(url === undefined ? {} : { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: settled.key }),
  };
  return { args, env, files: { [SETTINGS_FILE]: settingsOf(ask), [POLICY_FILE]: policyOf(ask) } };
}

function settingsOf({ settled }: Ask): string {
  return JSON.stringify({
    security: { auth: { selectedType: settled.endpoint === undefined ? "oauth-personal" : "gemini-api-key" } },
    tools: { core: TOOLS },
    general: { enableAutoUpdate: false, maxAttempts: 2 },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    context: { fileName: "NO-CONTEXT-FILE.md" },
    mcpServers: {},
    hooksConfig: { enabled: false },
  });
}

/** A higher priority wins. A refusal without a pattern would take the tools away altogether. */
function policyOf({ turn }: Ask): string {
  const [allowed, denied] = [
    turn.briefing.scope.filter((g) => !g.startsWith("!")),
    turn.briefing.scope.filter((g) => g.startsWith("!")),
  ];
  return [
    rule('"file_path"', "deny", 500),
    ...allowed.flatMap((glob) => argumentsFor(turn.dir, glob).map((args) => rule(args, "allow", 600))),
    ...denied.flatMap((glob) => argumentsFor(turn.dir, glob.slice(1)).map((args) => rule(args, "deny", 700))),
  ].join("\n");
}

function rule(pattern: string, decision: "allow" | "deny", priority: number): string {
  return [
    "[[rule]]",
    'toolName = ["replace", "write_file"]',
    `argsPattern = ${JSON.stringify(pattern)}`,
    `decision = "${decision}"`,
    `priority = ${priority}`,
    "",
  ].join("\n");
}

/**
 * Patterns for the JSON of a call's arguments: the file by its absolute path, or relative to the lab folder. Without
 * groups, because a pattern that it takes for slow is passed over: sets and choices of a glob match anything.
 */
function argumentsFor(dir: string, glob: string): readonly string[] {
  const path = glob.replace(/^(\.\/)+/, "").replace(/\{[^}]*\}|\[[^\]]*\]|\*\*\/?|\*|\?|[^*?[{]+/g, (part) => {
    if (part === "*") return '[^"/]*';
    if (part === "?") return '[^"/]';
    return /^[*{[]/.test(part) ? '[^"]*' : escaped(part);
  });
  const folder = `${escaped(JSON.stringify(dir).slice(1, -1))}/`;
  return [folder, "", "\\./"].map((start) => `"file_path":"${start}${path}"`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** `input_tokens` counts what came from the cache too. */
function read(stdout: string): Reading {
  const events = eventsIn(stdout);
  const text = finalText(events);
  const result = events.findLast((event) => event.type === "result");
  const usage = {
    inputTokens: numberAt(result, "stats", "input_tokens"),
    cachedTokens: numberAt(result, "stats", "cached"),
    outputTokens: numberAt(result, "stats", "output_tokens"),
  };
  const error = events.findLast((event) => event.type === "error" && textAt(event, "severity") !== "warning");
  if (result !== undefined && result.status === "success") return { text, usage };
  const why = textAt(result, "error", "message") ?? textAt(error, "message");
  return { text, usage, error: why ?? "it printed no result" };
}

/** What the assistant said last: its pieces since the last use of a tool. */
function finalText(events: readonly { readonly [key: string]: unknown }[]): string {
  const since = events.findLastIndex((event) => event.type === "tool_result" || event.type === "tool_use");
  const pieces = events.slice(since + 1).filter((e) => e.type === "message" && e.role === "assistant");
  return pieces.map((event) => textAt(event, "content") ?? "").join("");
}
