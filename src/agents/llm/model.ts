/**
 * An endpoint as a model of the AI SDK (docs/decisions/0007-model-library.md).
 *
 * The library is loaded when the first turn begins: no other command waits for it.
 */
import type { LanguageModel } from "ai";
import type { Endpoint } from "./endpoint.ts";

export async function makeModel(endpoint: Endpoint, key: string | undefined): Promise<LanguageModel> {
  const { baseUrl: baseURL, model, provider } = endpoint;
  // The library prints its warnings, some of them to standard output, where only data may stand.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  // Without an explicit key the library would look into the environment, also for an address that is not the vendor's.
  const apiKey = key ?? "none";
  switch (endpoint.wire) {
    case "openai-chat": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      const auth = key === undefined ? {} : { apiKey: key };
      return createOpenAICompatible({ name: nameOf(provider), baseURL, includeUsage: true, ...auth })(model);
    }
    case "openai-responses": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      return createOpenAI({ baseURL, apiKey }).responses(model);
    }
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      return createAnthropic({ baseURL, apiKey })(model);
    }
    case "gemini": {
      const { createGoogleGenerativeAI } = await import("@ai-sdk/google");
      return createGoogleGenerativeAI({ baseURL, apiKey })(model);
    }
    default:
      return endpoint.wire satisfies never;
  }
}

/** The library takes the name up to the first dot as the key of its options. */
function nameOf(provider: string): string {
  return provider.replace(/[^a-z0-9]+/gi, "-");
}

/** OpenAI keeps conversations for 30 days unless it is told not to. */
export const PROVIDER_OPTIONS = { openai: { store: false } };

/** Anthropic caches only what ends at a mark; others cache by themselves and ignore it. */
export const CACHE_MARK = { anthropic: { cacheControl: { type: "ephemeral" } } };
