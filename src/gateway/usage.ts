/**
 * The usage that a reply reports, with one meaning for all four wires: input is all input, what came from a cache and
 * what was written to one included; output includes reasoning. agents.md §1.4 has what each vendor's own words mean.
 *
 * Not covered: what vendors bill beside tokens (OpenAI's and Google's web search); Anthropic's is in its usage and then
 * the reply counts as priced otherwise.
 */
import type { Tokens } from "../prices.ts";
import { count, isRecord, type Wire } from "./wire.ts";

/** What has been seen of one reply's usage, by the vendor's names with dots; every counter only grows. */
export interface SeenUsage {
  readonly counters: Record<string, number>;
  /** It was billed by another rate than the table's: fast mode, priority, flex, tools with a fee. */
  otherRate: boolean;
}

/** Adds what one event of a stream, or a whole reply, says about usage. True when it said something. */
export function addUsage(seen: SeenUsage, wire: Wire, event: unknown): boolean {
  if (Array.isArray(event)) return event.map((part) => addUsage(seen, wire, part)).includes(true);
  if (!isRecord(event)) return false;
  // A stream's event wraps the message (Anthropic) or the response (OpenAI) that has the usage.
  const holder = [event.response, event.message, event].find((at) => isRecord(at) && usageIn(at) !== undefined);
  if (!isRecord(holder)) return false;
  const usage = usageIn(holder);
  if (usage === undefined) return false;
  collect(seen.counters, usage, "");
  if (isOtherRate(holder, usage)) seen.otherRate = true;
  return tokensOf(seen, wire) !== undefined;
}

/** The tokens seen so far; undefined when none were reported. */
export function tokensOf(seen: SeenUsage, wire: Wire): Tokens | undefined {
  switch (wire) {
    case "anthropic":
      return anthropicTokens(seen.counters);
    case "gemini":
      return geminiTokens(seen.counters);
    case "openai-chat":
      return openaiTokens(seen.counters, "prompt_tokens", "completion_tokens");
    case "openai-responses":
      return openaiTokens(seen.counters, "input_tokens", "output_tokens");
    default:
      return wire satisfies never;
  }
}

function usageIn(at: Record<string, unknown>): Record<string, unknown> | undefined {
  return [at.usage, at.usageMetadata].find(isRecord);
}

/**
 * Counters of a stream are totals up to here, so the largest is the last; a zero in a later event takes nothing back.
 */
function collect(counters: Record<string, number>, usage: Record<string, unknown>, prefix: string): void {
  for (const [name, value] of Object.entries(usage)) {
    const number = count(value);
    if (number !== undefined) counters[prefix + name] = Math.max(number, counters[prefix + name] ?? 0);
    else if (isRecord(value) && prefix.length < 100) collect(counters, value, `${prefix}${name}.`);
  }
}

function isOtherRate(holder: Record<string, unknown>, usage: Record<string, unknown>): boolean {
  const tiers = [holder.service_tier, usage.service_tier].filter((tier) => typeof tier === "string");
  const tools = isRecord(usage.server_tool_use) ? Object.values(usage.server_tool_use) : [];
  return (
    tiers.some((tier) => !["standard", "default", "auto"].includes(tier)) ||
    usage.speed === "fast" ||
    tools.some((times) => typeof times === "number" && times > 0)
  );
}

type Counters = Readonly<Record<string, number>>;

/** Anthropic's input leaves out what was read from and written to the cache. */
function anthropicTokens(c: Counters): Tokens | undefined {
  if (c.input_tokens === undefined && c.output_tokens === undefined) return undefined;
  const read = c.cache_read_input_tokens;
  const written = c.cache_creation_input_tokens;
  return {
    inputTokens: (c.input_tokens ?? 0) + (read ?? 0) + (written ?? 0),
    cachedTokens: read,
    cacheWriteTokens: written,
    cacheWriteLongTokens: c["cache_creation.ephemeral_1h_input_tokens"],
    outputTokens: c.output_tokens ?? 0,
  };
}

/** OpenAI's input holds the cached part. Others (xAI) leave reasoning out of the output, which the total shows. */
function openaiTokens(c: Counters, inputName: string, outputName: string): Tokens | undefined {
  const input = c[inputName];
  const output = c[outputName];
  if (input === undefined && output === undefined) return undefined;
  const reasoning = c[`${outputName}_details.reasoning_tokens`] ?? 0;
  const apart = c.total_tokens === (input ?? 0) + (output ?? 0) + reasoning;
  return {
    inputTokens: input ?? 0,
    cachedTokens: c[`${inputName}_details.cached_tokens`] ?? c.prompt_cache_hit_tokens,
    cacheWriteTokens: c[`${inputName}_details.cache_write_tokens`],
    cacheWriteLongTokens: c[`${inputName}_details.cache_write_tokens_details.ttl_12h_tokens`],
    outputTokens: (output ?? 0) + (apart ? reasoning : 0),
  };
}

/** Google's input holds the cached part, its candidates leave the thoughts out. */
function geminiTokens(c: Counters): Tokens | undefined {
  if (c.promptTokenCount === undefined && c.candidatesTokenCount === undefined) return undefined;
  return {
    inputTokens: (c.promptTokenCount ?? 0) + (c.toolUsePromptTokenCount ?? 0),
    cachedTokens: c.cachedContentTokenCount,
    outputTokens: (c.candidatesTokenCount ?? 0) + (c.thoughtsTokenCount ?? 0),
  };
}
