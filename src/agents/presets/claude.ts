/**
 * Claude Code. Edits are limited file by file by its own permission rules, and it has no tool for a shell or the web.
 *
 * Known: a 429 ends as subtype "success" with `is_error`; on a budget stop `usage` leaves out the last call and
 * `modelUsage` has it; a budget is noticed after it was passed; a model it does not know gets an invented price.
 * Its `--bare` reads no login and has no tool to list files, so settings, servers and skills are switched off one by
 * one instead. Not tried: a real subscription.
 */
import type { Reading } from "../command/answer.ts";
import { at, type Event, eventsIn, isObject, numberAt, sum, textAt } from "./events.ts";
import type { Ask, Preset, PresetLaunch, Settled } from "./preset.ts";

export const claude: Preset = {
  name: "claude",
  title: "Claude Code",
  bin: "claude",
  npm: "@anthropic-ai/claude-code",
  pinned: "2.1.197",
  oldest: "2.1.0",
  untriedFrom: "2.2.0",
  providers: ["anthropic"],
  wire: "anthropic",
  wires: ["anthropic"],
  modelNeeded: false,
  login: [".claude"],
  covered: [".claude/settings.json", ".claude/settings.local.json", ".claude/hooks", ".claude/CLAUDE.md"],
  hosts: ["api.anthropic.com", "console.anthropic.com", "platform.claude.com"],
  launch,
  read,
};

const TOOLS = ["Read", "Edit", "Write", "Glob", "Grep"];

function launch({ settled, turn, url }: Ask): PresetLaunch {
  const { dollars } = turn.limits;
  const isPriced = settled.endpoint?.name !== "local";
  const rules = turn.briefing.scope.map((glob) => (glob.startsWith("!") ? { deny: glob.slice(1) } : { allow: glob }));
  const args = [
    ...["-p", "--output-format", "stream-json", "--verbose", "--no-session-persistence"],
    ...["--setting-sources", "", "--strict-mcp-config", "--disable-slash-commands"],
    ...(settled.model === undefined ? [] : ["--model", settled.model]),
    ...["--tools", TOOLS.join(",")],
    ...["--permission-mode", "dontAsk", "--allowedTools", "Read(./**)", "Glob", "Grep"],
    ...rules.flatMap((rule) => (rule.allow === undefined ? [] : [`Edit(./${rule.allow})`])),
    ...rules.flatMap((rule) => (rule.deny === undefined ? [] : ["--disallowedTools", `Edit(./${rule.deny})`])),
    ...(dollars === undefined || !isPriced ? [] : ["--max-budget-usd", String(Math.max(0.01, dollars))]),
  ];
  return { args, env: { ...QUIET, ...keys(settled, url), ...smallModel(settled) }, files: {} };
}

/** The harness waits out a rate limit, and says so; the agent shall not sleep on it. */
const QUIET = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_MAX_RETRIES: "1",
};

function keys(settled: Settled, url: string | undefined): Record<string, string> {
  if (url === undefined) return {};
  return { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: settled.key };
}

/** A local server has no second, cheaper model for titles and the like. */
function smallModel({ endpoint, model }: Settled): Record<string, string> {
  return endpoint?.name === "local" && model !== undefined ? { ANTHROPIC_DEFAULT_HAIKU_MODEL: model } : {};
}

function read(stdout: string, settled: Settled): Reading {
  const events = eventsIn(stdout);
  const result = events.findLast((event) => event.type === "result");
  if (result === undefined) return { text: "", usage: {}, error: retryIn(events) ?? "it printed no result" };
  const text = textAt(result, "result") ?? "";
  const usage = usageOf(result, settled);
  if (result.is_error !== true) return { text, usage };
  const errors = at(result, "errors");
  const more = Array.isArray(errors) ? errors.filter((e) => typeof e === "string").join("; ") : "";
  return { text, usage, error: `${text || textAt(result, "subtype") || "error"} ${more}`.trim() };
}

/** It waits as long as it is told to, which may be longer than a turn: then the last thing it said is that it waits. */
function retryIn(events: readonly Event[]): string | undefined {
  const last = events.at(-1);
  if (last?.subtype !== "api_retry") return undefined;
  const seconds = (numberAt(last, "retry_delay_ms") ?? 0) / 1000;
  return `${numberAt(last, "error_status") ?? ""} ${textAt(last, "error") ?? "error"}, retry after ${seconds} s`;
}

/** Its input leaves out what was written to or read from the cache. */
function usageOf(result: Event, settled: Settled): Reading["usage"] {
  const models = at(result, "modelUsage");
  const used = isObject(models) ? Object.values(models) : [];
  const total = (key: string) => sum(...used.map((model) => numberAt(model, key)));
  const cached = total("cacheReadInputTokens") ?? numberAt(result, "usage", "cache_read_input_tokens");
  const written = total("cacheCreationInputTokens") ?? numberAt(result, "usage", "cache_creation_input_tokens");
  const fresh = total("inputTokens") ?? numberAt(result, "usage", "input_tokens");
  return {
    inputTokens: sum(fresh, cached, written),
    cachedTokens: cached,
    outputTokens: total("outputTokens") ?? numberAt(result, "usage", "output_tokens"),
    dollars: isReal(models, settled) ? numberAt(result, "total_cost_usd") : undefined,
  };
}

/** Its price is real for models it knows at their own address; a subscription pays none of it. */
function isReal(models: unknown, { endpoint, home }: Settled): boolean {
  if (endpoint?.name !== "anthropic" || home === "own") return false;
  return isObject(models) && Object.keys(models).every((name) => name.startsWith("claude-"));
}
