/**
 * Which model `llm:…` means, read from the argument: where it is, which wire it speaks, where its key may be found.
 *
 * Promises: an argument that means nothing is a UserError that shows what would be right; an address with a key or a
 * password in it is refused, because the argument is the agent's name and stands in the ledger.
 */
import { EXIT, UserError } from "../../util/user-error.ts";

export type Wire = "openai-chat" | "openai-responses" | "anthropic" | "gemini";

export interface Endpoint {
  /** The argument as given. */
  readonly argument: string;
  /** ollama, anthropic, …, or the host of an address. */
  readonly provider: string;
  readonly wire: Wire;
  readonly baseUrl: string;
  readonly model: string;
  /** Variables that may hold its key, in the order they are looked at. */
  readonly keyVariables: readonly string[];
  readonly keyNeeded: boolean;
}

interface Preset {
  readonly wire: Wire;
  readonly baseUrl: string;
  readonly keyVariables: readonly string[];
  readonly keyNeeded: boolean;
}

/** The variable for an address of one's own, and for local servers that want a key. */
export const OWN_KEY = "NIGHTYARD_LLM_KEY";

function local(port: number): Preset {
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  return { wire: "openai-chat", baseUrl, keyVariables: [OWN_KEY], keyNeeded: false };
}

function vendor(wire: Wire, baseUrl: string, ...keyVariables: readonly string[]): Preset {
  return { wire, baseUrl, keyVariables, keyNeeded: true };
}

export const PRESETS: Readonly<Record<string, Preset>> = {
  ollama: local(11434),
  llamacpp: local(8080),
  vllm: local(8000),
  lmstudio: local(1234),
  openrouter: vendor("openai-chat", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
  anthropic: vendor("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
  openai: vendor("openai-responses", "https://api.openai.com/v1", "OPENAI_API_KEY"),
  google: vendor(
    "gemini",
    "https://generativelanguage.googleapis.com/v1beta",
    "GEMINI_API_KEY",
    "GOOGLE_GENERATIVE_AI_API_KEY",
  ),
};

/** Wires that an address may be said to speak; without a word it is OpenAI's chat completions. */
const SPOKEN = ["anthropic", "openai", "google"];

const EXAMPLES = "llm:ollama/qwen3-coder, llm:anthropic/MODEL, llm:http://127.0.0.1:8080/v1#MODEL";

/** Throws UserError when the argument names no model. */
export function parseEndpoint(argument: string): Endpoint {
  const own = /^(?:([a-z]+)\+)?(https?:\/\/.*)$/i.exec(argument);
  if (own !== null) return ownAddress(argument, own[1], own[2] ?? "");
  const slash = argument.indexOf("/");
  const provider = slash < 0 ? argument : argument.slice(0, slash);
  const model = slash < 0 ? "" : argument.slice(slash + 1);
  const preset = Object.hasOwn(PRESETS, provider) ? PRESETS[provider] : undefined;
  if (preset === undefined) {
    throw wrong(argument, `one of ${Object.keys(PRESETS).join(", ")} in front of the model, or an address`);
  }
  return { argument, provider, ...preset, model: checkedModel(argument, model) };
}

function ownAddress(argument: string, word: string | undefined, address: string): Endpoint {
  if (word !== undefined && !SPOKEN.includes(word)) throw wrong(argument, `one of ${SPOKEN.join(", ")} before "+"`);
  const url = parseUrl(argument, address);
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new UserError("llm: the address holds a password or a query, and it would stand in the ledger", {
      exitCode: EXIT.usage,
      fix: `export ${OWN_KEY}=… and leave it out of the address`,
    });
  }
  const like = word === undefined ? undefined : PRESETS[word];
  return {
    argument,
    provider: url.host,
    wire: like?.wire ?? "openai-chat",
    baseUrl: `${url.origin}${url.pathname}`.replace(/\/+$/, ""),
    model: checkedModel(argument, url.hash.slice(1)),
    keyVariables: [OWN_KEY],
    keyNeeded: false,
  };
}

function parseUrl(argument: string, address: string): URL {
  try {
    return new URL(address);
  } catch {
    throw wrong(argument, "an address such as http://127.0.0.1:8080/v1#MODEL");
  }
}

function checkedModel(argument: string, model: string): string {
  if (/^[\w.:@/+-]{1,200}$/.test(model)) return model;
  throw wrong(argument, model === "" ? "the name of a model behind it" : "a model's name without spaces");
}

function wrong(argument: string, expected: string): UserError {
  // Shortened, and without what may be a key in an address.
  const found = argument
    .replace(/\/\/[^/@]*@/, "//…@")
    .replace(/\?[^#]*/, "?…")
    .slice(0, 200);
  return new UserError(`--agent llm: expected ${expected}, found "${found}". Examples: ${EXAMPLES}`, {
    exitCode: EXIT.usage,
    fix: "nightyard run --agent llm:ollama/qwen3-coder",
  });
}
