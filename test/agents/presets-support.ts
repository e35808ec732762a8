/** The coding agents of this machine, and turns for them: in the fence, through the gateway, with an empty home. */
import os from "node:os";
import { delimiter, join } from "node:path";
import { whereIs } from "../../src/agents/presets/find.ts";
import type { Preset } from "../../src/agents/presets/preset.ts";
import { PRESETS } from "../../src/agents/presets.ts";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { component } from "../support/component.ts";

/** Tests find the agents where `.ci/install-agents` puts them, unless NIGHTYARD_AGENT_PATH says otherwise. */
export const AGENT_PATH = [
  process.env.NIGHTYARD_AGENT_PATH ?? "",
  join(process.env.NIGHTYARD_AGENTS_HOME ?? join(os.homedir(), ".nightyard-agents"), "node_modules", ".bin"),
]
  .filter((dir) => dir !== "")
  .join(delimiter);
process.env.NIGHTYARD_AGENT_PATH = AGENT_PATH;

export const { sandbox } = await probeSandbox();
const fenced = component(sandbox.kind !== "none", "a sandbox", "apt-get install bubblewrap");

/** The presets whose command is here; the others are said aloud. */
export const here: readonly Preset[] = PRESETS.filter(
  (preset) => component(whereIs(preset.bin) !== undefined, preset.title, "bash .ci/install-agents") && fenced,
);

/** Options that point a preset at a server of ours. */
export function pointedAt(preset: Preset, url: string): string {
  const base = preset.wire.startsWith("openai") ? `${url}/v1` : url;
  return `model=scripted,url=${base}`;
}
