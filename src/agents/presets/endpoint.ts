/**
 * The model providers that presets know by name, and which one a preset is to use.
 */
import { EXIT, UserError } from "../../util/user-error.ts";
import type { Options } from "./options.ts";
import type { Endpoint, Preset } from "./preset.ts";

/** By name, as opencode and pi write it in front of a model: `anthropic/claude-sonnet-4-5`. */
const PROVIDERS: Readonly<Record<string, Omit<Endpoint, "name">>> = {
  anthropic: { wire: "anthropic", url: "https://api.anthropic.com", key: "ANTHROPIC_API_KEY" },
  openai: { wire: "openai-responses", url: "https://api.openai.com/v1", key: "OPENAI_API_KEY" },
  google: { wire: "gemini", url: "https://generativelanguage.googleapis.com", key: "GEMINI_API_KEY" },
  openrouter: { wire: "openai-chat", url: "https://openrouter.ai/api/v1", key: "OPENROUTER_API_KEY" },
};

export interface Target {
  readonly model: string | undefined;
  readonly endpoint: Endpoint;
}

/** The endpoint of `url=`, of `model=provider/name`, or the preset's usual one. Throws UserError. */
export function targetOf(preset: Preset, options: Options): Target {
  const { model, url } = options;
  if (url !== undefined) {
    const wire = options.wire ?? preset.wire;
    if (!preset.wires.includes(wire)) {
      throw new UserError(
        `--agent ${preset.name}: ${preset.title} speaks ${preset.wires.join(", ")}, found wire=${wire}`,
      );
    }
    return { model, endpoint: { name: "local", wire, url, key: options.key } };
  }
  const slash = model?.indexOf("/") ?? -1;
  const named = model !== undefined && slash > 0 ? model.slice(0, slash) : undefined;
  if (named !== undefined && preset.providers.includes(named)) {
    return { model: model?.slice(slash + 1), endpoint: known(named, options) };
  }
  if (preset.providers.length > 1) {
    const list = preset.providers.map((p) => `${p}/…`).join(", ");
    throw new UserError(`--agent ${preset.name}: expected model= to begin with ${list}, found ${model ?? "nothing"}`, {
      fix: `nightyard run --agent ${preset.name}:model=${preset.providers[0]}/NAME   # or with url=ADDRESS`,
    });
  }
  return { model, endpoint: known(preset.providers[0] ?? "", options) };
}

function known(name: string, options: Options): Endpoint {
  const provider = PROVIDERS[name];
  if (provider === undefined) throw new Error(`no provider is called ${name}`);
  return { ...provider, name, key: options.key ?? provider.key };
}

/** The key's value; a server that was given by `url=` may ask for none. Throws UserError (exit 4). */
export function keyOf(preset: Preset, endpoint: Endpoint): string {
  const value = endpoint.key === undefined ? "none" : (process.env[endpoint.key] ?? "");
  if (value !== "") return value;
  throw new UserError(`--agent ${preset.name}: ${preset.title} needs a key, and ${endpoint.key} is not set`, {
    exitCode: EXIT.agentUnavailable,
    fix: `export ${endpoint.key}=…   # or, with a subscription: --agent ${preset.name}:home=own`,
  });
}
