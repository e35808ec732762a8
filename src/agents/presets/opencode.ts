/**
 * opencode. Its own default allows everything; here its rules deny every tool but reading, searching, and editing the
 * files in scope. Its rules know `*` and `?` only, so a finer glob becomes a wider one; the scope is checked
 * afterwards.
 *
 * Known: it takes some 10 s per turn; its paths count from the top of the worktree, not from the lab folder; its
 * dollars come from a table that it would have to be given, so they are not read.
 */
import { relative, sep } from "node:path";
import type { Wire } from "../../gateway.ts";
import type { Reading } from "../command/answer.ts";
import { at, type Event, eventsIn, numberAt, sum, textAt } from "./events.ts";
import type { Ask, Preset, PresetLaunch } from "./preset.ts";

export const opencode: Preset = {
  name: "opencode",
  title: "opencode",
  bin: "opencode",
  npm: "opencode-ai",
  pinned: "1.18.33",
  oldest: "1.18.0",
  untriedFrom: "1.19.0",
  providers: ["anthropic", "openai", "google", "openrouter"],
  wire: "openai-chat",
  wires: ["openai-chat", "openai-responses", "anthropic", "gemini"],
  modelNeeded: true,
  login: [".local/share/opencode"],
  covered: [],
  hosts: [
    "api.anthropic.com",
    "api.openai.com",
    "auth.openai.com",
    "chatgpt.com",
    "opencode.ai",
    "api.githubcopilot.com",
  ],
  launch,
  read,
};

const KEY_VARIABLE = "NIGHTYARD_MODEL_KEY";
/** The library by which it speaks each protocol, and what that wants behind the provider's address. */
const SPOKEN: { readonly [wire in Wire]: { readonly npm: string; readonly path: string } } = {
  "openai-chat": { npm: "@ai-sdk/openai-compatible", path: "" },
  "openai-responses": { npm: "@ai-sdk/openai", path: "" },
  anthropic: { npm: "@ai-sdk/anthropic", path: "/v1" },
  gemini: { npm: "@ai-sdk/google", path: "/v1beta" },
};
const DENIED = [
  "bash",
  "webfetch",
  "websearch",
  "codesearch",
  "external_directory",
  "task",
  "skill",
  "doom_loop",
  "question",
];

function launch(ask: Ask): PresetLaunch {
  const { settled, url } = ask;
  const provider = settled.endpoint === undefined ? undefined : "nightyard";
  const model = provider === undefined ? settled.model : `${provider}/${settled.model}`;
  const args = [
    "run",
    "--format",
    "json",
    "--pure",
    "--title",
    "nightyard",
    ...(model === undefined ? [] : ["-m", model]),
  ];
  const env = {
    OPENCODE_CONFIG_CONTENT: JSON.stringify(configOf(ask, model)),
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_PROJECT_CONFIG: "1",
    OPENCODE_DISABLE_CLAUDE_CODE: "1",
    ...(url === undefined ? {} : { [KEY_VARIABLE]: settled.key }),
  };
  return { args, env, files: {} };
}

function configOf(ask: Ask, model: string | undefined): object {
  const denied = Object.fromEntries(DENIED.map((tool) => [tool, "deny"]));
  const off = Object.fromEntries(["bash", "webfetch", "websearch", "task", "skill", "question"].map((t) => [t, false]));
  return {
    share: "disabled",
    autoupdate: false,
    snapshot: false,
    lsp: false,
    formatter: false,
    permission: { ...denied, edit: editRules(ask) },
    tools: off,
    ...(model === undefined ? {} : { model, small_model: model }),
    ...providerOf(ask),
  };
}

function providerOf({ settled, url }: Ask): object {
  const { endpoint, model = "" } = settled;
  if (endpoint === undefined || url === undefined) return {};
  const { npm, path } = SPOKEN[endpoint.wire];
  const options = { baseURL: `${url}${path}`, apiKey: `{env:${KEY_VARIABLE}}` };
  const nightyard = { npm, name: "Nightyard", options, models: { [model]: { name: model, tool_call: true } } };
  return { provider: { nightyard }, enabled_providers: ["nightyard"] };
}

/** Later rules win. */
function editRules({ turn }: Ask): Record<string, string> {
  const inside = relative(turn.root, turn.dir).split(sep).join("/");
  const prefix = inside === "" ? "" : `${inside}/`;
  const rules = turn.briefing.scope.map((glob) => {
    const isDenied = glob.startsWith("!");
    return [`${prefix}${widened(isDenied ? glob.slice(1) : glob)}`, isDenied ? "deny" : "allow"] as const;
  });
  const denied = rules.filter(([, what]) => what === "deny");
  return { "*": "deny", ...Object.fromEntries(rules), ...Object.fromEntries(denied) };
}

/** In its language `*` crosses folders; sets and choices become `*`. */
export function widened(glob: string): string {
  return glob
    .replace(/^(\.\/)+/, "")
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, "*")
    .replace(/\*\*\/|\*+/g, "*")
    .replace(/\*+/g, "*");
}

/** Every step tells its own tokens; its input leaves out what was written to or read from the cache. */
function read(stdout: string): Reading {
  const events = eventsIn(stdout);
  const steps = events.filter((event) => event.type === "step_finish");
  const total = (...path: string[]) => sum(...steps.map((step) => numberAt(step, "part", "tokens", ...path)));
  const usage = {
    inputTokens: sum(total("input"), total("cache", "read"), total("cache", "write")),
    cachedTokens: total("cache", "read"),
    outputTokens: sum(total("output"), total("reasoning")),
  };
  const text = events.filter((event) => event.type === "text").map((event) => textAt(event, "part", "text") ?? "");
  const failed = events.findLast((event) => event.type === "error");
  if (failed !== undefined) return { text: text.at(-1) ?? "", usage, error: errorOf(failed) };
  if (steps.length > 0) return { text: text.at(-1) ?? "", usage };
  return { text: text.at(-1) ?? "", usage, error: "it made no step" };
}

function errorOf(event: Event): string {
  const status = numberAt(event, "error", "data", "statusCode");
  const wait = textAt(event, "error", "data", "responseHeaders", "retry-after");
  const message = textAt(event, "error", "data", "message") ?? JSON.stringify(at(event, "error") ?? "error");
  return `${status === undefined ? "" : `${status} `}${message}${wait === undefined ? "" : ` (retry-after: ${wait})`}`;
}
