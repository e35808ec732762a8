/**
 * pi. It asks for no permission; the list of its tools is the limit: reading and editing, no shell. It has no rule for
 * single files, so what keeps it in its worktree is our fence, and the scope is checked afterwards.
 *
 * Known: dollars come from the table in its file of models, which has none here, so they are not read.
 */
import type { Wire } from "../../gateway.ts";
import type { Reading } from "../command/answer.ts";
import { at, type Event, eventsIn, numberAt, sum, textAt } from "./events.ts";
import type { Ask, Preset, PresetLaunch } from "./preset.ts";

export const pi: Preset = {
  name: "pi",
  title: "pi",
  bin: "pi",
  npm: "@mariozechner/pi-coding-agent",
  pinned: "0.73.1",
  oldest: "0.70.0",
  untriedFrom: "0.74.0",
  providers: ["anthropic", "openai", "google", "openrouter"],
  wire: "openai-chat",
  wires: ["openai-chat", "openai-responses", "anthropic", "gemini"],
  modelNeeded: true,
  login: [".pi/agent"],
  covered: [".pi/agent/settings.json", ".pi/agent/extensions", ".pi/agent/models.json", ".pi/agent/AGENTS.md"],
  hosts: ["api.anthropic.com", "console.anthropic.com", "api.openai.com", "auth.openai.com", "chatgpt.com"],
  launch,
  read,
};

const KEY_VARIABLE = "NIGHTYARD_MODEL_KEY";
/** Its name for each protocol, and what it wants behind the provider's address. */
const SPOKEN: { readonly [wire in Wire]: { readonly api: string; readonly path: string } } = {
  "openai-chat": { api: "openai-completions", path: "" },
  "openai-responses": { api: "openai-responses", path: "" },
  anthropic: { api: "anthropic-messages", path: "" },
  gemini: { api: "google-generative-ai", path: "/v1beta" },
};

/** The harness waits out a rate limit, and says so; the agent shall not sleep on it. */
const SETTINGS = { retry: { maxRetries: 1, baseDelayMs: 1000, provider: { maxRetries: 0, maxRetryDelayMs: 5000 } } };

function launch(ask: Ask): PresetLaunch {
  const { settled, url } = ask;
  const model = settled.model === undefined ? [] : ["--model", settled.model];
  const args = [
    ...["-p", "--mode", "json", "--tools", "read,edit,write,ls", "--no-session", "--no-extensions", "--no-skills"],
    ...["--no-prompt-templates", "--no-themes", "--no-context-files", "--offline"],
    ...(url === undefined ? model : ["--provider", "nightyard", ...model]),
  ];
  if (url === undefined) return { args, env: { PI_OFFLINE: "1" }, files: {} };
  const env = { PI_OFFLINE: "1", [KEY_VARIABLE]: settled.key };
  const files = { ".pi/agent/models.json": modelsOf(ask, url), ".pi/agent/settings.json": JSON.stringify(SETTINGS) };
  return { args, env, files };
}

function modelsOf({ settled }: Ask, url: string): string {
  const { api, path } = SPOKEN[settled.endpoint?.wire ?? "openai-chat"];
  const model = { id: settled.model, name: settled.model, input: ["text"], contextWindow: 128_000, maxTokens: 16_000 };
  const nightyard = { baseUrl: `${url}${path}`, api, apiKey: KEY_VARIABLE, models: [model] };
  return JSON.stringify({ providers: { nightyard } });
}

/** Every message tells its own tokens; its input leaves out what was written to or read from the cache. */
function read(stdout: string): Reading {
  const ends = eventsIn(stdout).filter((event) => event.type === "message_end");
  const said = ends.filter((event) => textAt(event, "message", "role") === "assistant");
  const total = (key: string) => sum(...said.map((event) => numberAt(event, "message", "usage", key)));
  const usage = {
    inputTokens: sum(total("input"), total("cacheRead"), total("cacheWrite")),
    cachedTokens: total("cacheRead"),
    outputTokens: total("output"),
  };
  const last = said.at(-1);
  const text = last === undefined ? "" : textIn(last);
  const stop = textAt(last, "message", "stopReason");
  if (last === undefined) return { text, usage, error: "it said nothing" };
  if (stop !== "error" && stop !== "aborted") return { text, usage };
  return { text, usage, error: textAt(last, "message", "errorMessage") ?? `it stopped by ${stop}` };
}

function textIn(event: Event): string {
  const parts = at(event, "message", "content");
  if (!Array.isArray(parts)) return "";
  return parts.map((part) => (textAt(part, "type") === "text" ? (textAt(part, "text") ?? "") : "")).join("\n");
}
