/**
 * What well-known models cost: US dollars per million tokens, as listed on 25 November 2026.
 *
 * Looked up in public lists (models.dev, the price table of GitHub's documentation, Anthropic's page as archived,
 * release notes of trackers that name the vendors' pages), not on the vendors' own pages, which cannot be reached from
 * here; the prices of GPT-4.1, GPT-4o mini and o3 are those of 2025, which no list contradicts. What lists disagreed on
 * (GPT-5.6), what a single tracker named, promotions that end, and rates for long inputs that were not listed are left
 * out: unknown is better than wrong. Standard service only: no batches, no fast mode, no audio.
 */

/** One price: dollars per million tokens. A missing part is not known, never free. */
export interface Rate {
  readonly input: number;
  /** Input read from the vendor's cache. */
  readonly cachedInput?: number | undefined;
  /** Input written to it for the usual short time, and for longer (Anthropic: 5 minutes and one hour). */
  readonly cacheWrite?: number | undefined;
  readonly cacheWriteLong?: number | undefined;
  readonly output: number;
}

export interface Price extends Rate {
  /** The model's name; one that follows with a date or revision costs the same. A `*` at the end: whatever follows. */
  readonly model: string;
  /** Above so many input tokens another rate holds for the whole request; without `rate` it is not known. */
  readonly above?: { readonly inputTokens: number; readonly rate?: Rate | undefined } | undefined;
}

/** The day the table was checked. */
export const TABLE_DATE = "2026-11-25";

const K200 = { inputTokens: 200_000 };
const K272 = { inputTokens: 272_000 };

/** Anthropic writes to its cache for 1.25 and for 2 times the input's price. */
function anthropic(model: string, input: number, cachedInput: number, output: number): Price {
  return { model, input, cachedInput, cacheWrite: input * 1.25, cacheWriteLong: input * 2, output };
}

/** A row without the price of writing to a cache: there is none, or it is not known. */
function plain(model: string, input: number, cachedInput: number, output: number): Price {
  return { model, input, cachedInput, output };
}

export const TABLE: readonly Price[] = [
  anthropic("claude-opus-5-5", 4, 0.2, 20),
  anthropic("claude-sonnet-5-5", 2, 0.1, 10),
  anthropic("claude-opus-5", 5, 0.5, 25),
  anthropic("claude-sonnet-5", 2, 0.2, 10),
  anthropic("claude-opus-4-8", 5, 0.5, 25),
  anthropic("claude-opus-4-7", 5, 0.5, 25),
  anthropic("claude-opus-4-6", 5, 0.5, 25),
  anthropic("claude-opus-4-5", 5, 0.5, 25),
  anthropic("claude-opus-4-1", 15, 1.5, 75),
  anthropic("claude-opus-4", 15, 1.5, 75),
  anthropic("claude-opus-4-0", 15, 1.5, 75),
  anthropic("claude-sonnet-4-6", 3, 0.3, 15),
  { ...anthropic("claude-sonnet-4-5", 3, 0.3, 15), above: K200 },
  { ...anthropic("claude-sonnet-4", 3, 0.3, 15), above: K200 },
  { ...anthropic("claude-sonnet-4-0", 3, 0.3, 15), above: K200 },
  anthropic("claude-3-7-sonnet", 3, 0.3, 15),
  anthropic("claude-haiku-4-5", 1, 0.1, 5),
  anthropic("claude-3-5-haiku", 0.8, 0.08, 4),

  { ...plain("gpt-6-astra", 10, 1, 50), cacheWrite: 12.5, above: K272 },
  { ...plain("gpt-6-sol", 2, 0.2, 10), cacheWrite: 2.5, above: K272 },
  { ...plain("gpt-6-luna", 0.1, 0.01, 0.5), cacheWrite: 0.125, above: K272 },
  { ...plain("gpt-6.1-sol", 2, 0.1, 10), above: K272 },
  { ...plain("gpt-5.5", 5, 0.5, 30), above: { ...K272, rate: { input: 10, cachedInput: 1, output: 45 } } },
  { ...plain("gpt-5.4", 2.5, 0.25, 15), above: { ...K272, rate: { input: 5, cachedInput: 0.5, output: 22.5 } } },
  plain("gpt-5.4-mini", 0.75, 0.075, 4.5),
  plain("gpt-5.4-nano", 0.2, 0.02, 1.25),
  plain("gpt-5.3-codex", 1.75, 0.175, 14),
  plain("gpt-5.2", 1.75, 0.175, 14),
  plain("gpt-5.2-codex", 1.75, 0.175, 14),
  plain("gpt-5.1", 1.25, 0.125, 10),
  plain("gpt-5.1-codex", 1.25, 0.125, 10),
  plain("gpt-5", 1.25, 0.125, 10),
  plain("gpt-5-codex", 1.25, 0.125, 10),
  plain("gpt-5-mini", 0.25, 0.025, 2),
  plain("gpt-5-nano", 0.05, 0.005, 0.4),
  plain("gpt-4.1", 2, 0.5, 8),
  plain("gpt-4.1-mini", 0.4, 0.1, 1.6),
  plain("gpt-4.1-nano", 0.1, 0.025, 0.4),
  plain("gpt-4o-mini", 0.15, 0.075, 0.6),
  plain("o3", 2, 0.5, 8),
  plain("o4-mini", 1.1, 0.275, 4.4),

  {
    ...plain("gemini-3.1-pro-preview", 2, 0.2, 12),
    above: { ...K200, rate: { input: 4, cachedInput: 0.4, output: 18 } },
  },
  {
    ...plain("gemini-2.5-pro", 1.25, 0.125, 10),
    above: { ...K200, rate: { input: 2.5, cachedInput: 0.25, output: 15 } },
  },
  plain("gemini-3.5-flash", 1.5, 0.15, 9),
  plain("gemini-2.5-flash", 0.3, 0.03, 2.5),
  plain("gemini-2.5-flash-lite", 0.1, 0.01, 0.4),
];
