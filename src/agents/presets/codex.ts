/**
 * Codex. It reads and edits by shell commands, and has no rule for single files: what keeps it in its worktree is our
 * fence, and the scope is checked afterwards.
 *
 * Known: inside another sandbox its own one fails, and it still ends with 0 and no change: so one sandbox, ours or its
 * own, never both. It speaks only the responses protocol, has no limit of turns or dollars (the gateway has), and its
 * workspace-write leaves the temporary folder writable and shows the key to every command unless it is told not to.
 */
import type { Reading } from "../command/answer.ts";
import { eventsIn, numberAt, sum, textAt } from "./events.ts";
import type { Ask, Preset, PresetLaunch } from "./preset.ts";

export const codex: Preset = {
  name: "codex",
  title: "Codex",
  bin: "codex",
  npm: "@openai/codex",
  pinned: "0.169.0",
  oldest: "0.160.0",
  untriedFrom: "0.170.0",
  providers: ["openai"],
  wire: "openai-responses",
  wires: ["openai-responses"],
  modelNeeded: false,
  login: [".codex"],
  covered: [".codex/config.toml", ".codex/hooks.json", ".codex/AGENTS.md", ".codex/rules", ".codex/prompts"],
  hosts: ["chatgpt.com", "auth.openai.com", "api.openai.com"],
  launch,
  read,
};

/** Matches `*KEY*` below, so that no command of the agent sees it. */
const KEY_VARIABLE = "NIGHTYARD_MODEL_KEY";

const SETTINGS = [
  'web_search="disabled"',
  "features.multi_agent=false",
  "features.goals=false",
  "project_doc_max_bytes=0",
  "check_for_update_on_startup=false",
  "analytics.enabled=false",
  'shell_environment_policy.inherit="core"',
  'shell_environment_policy.exclude=["*KEY*"]',
];

const OWN_SANDBOX = [
  "sandbox_workspace_write.exclude_slash_tmp=true",
  "sandbox_workspace_write.exclude_tmpdir_env_var=true",
];

function launch({ settled, place, url }: Ask): PresetLaunch {
  const settings = [...SETTINGS, ...(place.fenced ? [] : OWN_SANDBOX), ...(url === undefined ? [] : provider(url))];
  const args = [
    ...["exec", "--json", "--ephemeral", "--ignore-user-config", "--skip-git-repo-check"],
    ...(settled.model === undefined ? [] : ["-m", settled.model]),
    ...(place.fenced ? ["--dangerously-bypass-approvals-and-sandbox"] : ["--sandbox", "workspace-write"]),
    ...settings.flatMap((setting) => ["-c", setting]),
    "-",
  ];
  return { args, env: url === undefined ? {} : { [KEY_VARIABLE]: settled.key }, files: {} };
}

function provider(url: string): readonly string[] {
  const fields = [
    'name="Nightyard"',
    `base_url=${JSON.stringify(url)}`,
    `env_key="${KEY_VARIABLE}"`,
    'wire_api="responses"',
    "request_max_retries=0",
    "stream_max_retries=1",
  ];
  return ["model_provider=nightyard", `model_providers.nightyard={${fields.join(",")}}`];
}

/** Its input counts what came from the cache too. It knows no dollars. */
function read(stdout: string): Reading {
  const events = eventsIn(stdout);
  const turns = events.filter((event) => event.type === "turn.completed");
  const total = (key: string) => sum(...turns.map((turn) => numberAt(turn, "usage", key)));
  const usage = {
    inputTokens: total("input_tokens"),
    cachedTokens: total("cached_input_tokens"),
    outputTokens: total("output_tokens"),
  };
  const messages = events.filter((e) => e.type === "item.completed" && textAt(e, "item", "type") === "agent_message");
  const text = textAt(messages.at(-1), "item", "text") ?? "";
  const failed = events.findLast((event) => event.type === "turn.failed");
  if (failed !== undefined) return { text, usage, error: textAt(failed, "error", "message") ?? "the turn failed" };
  if (turns.length > 0) return { text, usage };
  const error = events.findLast((event) => event.type === "error");
  return { text, usage, error: textAt(error, "message") ?? "it did not complete its turn" };
}
