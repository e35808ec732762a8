/**
 * Real agents as MCP clients: Claude Code and Codex, as people install them, drive a session on the toy lab by our
 * tools, their model being scripted. It shows that the tools are found, called and understood; not what a model makes
 * of them.
 */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { whereIs } from "../src/agents/presets/find.ts";
import { closeLedger, experimentsOf, readLedger } from "../src/ledger.ts";
import "./agents/presets-support.ts";
import { BIN, drivenLab } from "./mcp/driving.ts";
import { component } from "./support/component.ts";
import { type Conversation, type ModelScript, type Reply, startModelServer } from "./support/model-server.ts";
import { removeTemps, tempDir } from "./support/repo.ts";

afterAll(removeTemps);

/** The calls of a session, in order; the model's next one is that after its last. */
const CALLS: readonly [string, Record<string, unknown>][] = [
  ["status", {}],
  ["start", { tag: "t", confirmRuns: 0 }],
  ["propose", { hypothesis: "seven is less", files: [{ path: "value.txt", text: "7\n" }] }],
  ["wait", { id: "s1", seconds: 40 }],
  ["stop", {}],
];

const script: ModelScript = ({ tools, messages }: Conversation): Reply => {
  // A request on the side, for a title, offers none of them.
  if (!tools.some((tool) => tool.name.endsWith("propose"))) return { text: "a title" };
  const call = CALLS[messages.filter((message) => message.role === "tool").length];
  return call === undefined ? { text: "done" } : { tools: [{ name: call[0], args: call[1] }] };
};

function run(command: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const home = tempDir();
  mkdirSync(join(home, "work"));
  const { PATH = "/usr/bin:/bin" } = process.env;
  return new Promise((resolve) => {
    const options = { cwd: join(home, "work"), env: { PATH, HOME: home, TMPDIR: home, ...env }, timeout: 100_000 };
    const child = execFile(command, [...args], options, (_error, out, err) => resolve(`${out}\n${err}`));
    child.stdin?.end();
  });
}

function kept(lab: string, said: string): void {
  const ledger = readLedger(join(lab, ".nightyard"));
  if (ledger === undefined) throw new Error(`no session was begun: ${said.slice(-3000)}`);
  const [, first] = experimentsOf(ledger, "t");
  closeLedger(ledger);
  expect(first, said).toMatchObject({ verdict: { kind: "keep" }, proposal: { hypothesis: "seven is less" } });
}

const claude = whereIs("claude");
const withClaude = component(claude !== undefined, "Claude Code", "bash .ci/install-agents");
describe.skipIf(!withClaude)("Claude Code as a client", () => {
  it("drives a session by our tools", { timeout: 120_000 }, async () => {
    const lab = drivenLab();
    const server = await startModelServer(script);
    const mcp = { command: process.execPath, args: [BIN, "mcp", "--lab", lab, "--no-sandbox"] };
    const args = ["-p", "go", "--bare", "--model", "claude-sonnet-4-5", "--output-format", "json", "--max-turns", "12"];
    const config = JSON.stringify({ mcpServers: { nightyard: mcp } });
    const said = await run(
      claude ?? "",
      [...args, "--mcp-config", config, "--strict-mcp-config", "--allowedTools", "mcp__nightyard"],
      {
        ANTHROPIC_BASE_URL: server.url,
        ANTHROPIC_API_KEY: "none",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        // Otherwise it begins without the tools of a server that is not up at once, and does not say so.
        MCP_CONNECTION_NONBLOCKING: "0",
        MCP_CONNECT_TIMEOUT_MS: "60000",
        MCP_TIMEOUT: "60000",
      },
    );
    await server.close();
    kept(lab, said);
  });
});

const codex = whereIs("codex");
const withCodex = component(codex !== undefined, "Codex", "bash .ci/install-agents");
describe.skipIf(!withCodex)("Codex as a client", () => {
  it("drives a session by our tools", { timeout: 120_000 }, async () => {
    const lab = drivenLab();
    const server = await startModelServer(script);
    const provider = `{name="Scripted",base_url="${server.url}/v1",env_key="MODEL_KEY",wire_api="responses"}`;
    const mcp = [
      `mcp_servers.nightyard.command=${JSON.stringify(process.execPath)}`,
      `mcp_servers.nightyard.args=${JSON.stringify([BIN, "mcp", "--lab", lab, "--no-sandbox"])}`,
      "mcp_servers.nightyard.required=true",
      "mcp_servers.nightyard.startup_timeout_sec=60",
      'mcp_servers.nightyard.default_tools_approval_mode="approve"',
    ];
    const settings = [
      "model_provider=scripted",
      `model_providers.scripted=${provider}`,
      'web_search="disabled"',
      ...mcp,
    ];
    const said = await run(
      codex ?? "",
      [
        ...["exec", "--json", "--ephemeral", "--ignore-user-config", "--skip-git-repo-check", "-m", "scripted"],
        ...settings.flatMap((setting) => ["-c", setting]),
        "go",
      ],
      { MODEL_KEY: "none" },
    );
    await server.close();
    kept(lab, said);
  });
});
