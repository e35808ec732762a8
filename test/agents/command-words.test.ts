/** The words of a final message, and what an error text says of a rate limit: untrusted text in, bounded values out. */
import { describe, expect, it } from "vitest";
import { rateLimitIn } from "../../src/agents/command/rate-limit.ts";
import { NO_HYPOTHESIS, wordsOf } from "../../src/agents/words.ts";

describe("the words of an agent", () => {
  it("are the labelled lines at the end, the last of each", () => {
    const text =
      "HYPOTHESIS: an early idea\nI edited it.\nHYPOTHESIS: wider is better\nDESCRIPTION: width 64 to 96\nand depth as it was";
    expect(wordsOf(text)).toEqual({
      hypothesis: "wider is better",
      description: "width 64 to 96\nand depth as it was",
    });
  });

  it.each([
    ["**HYPOTHESIS:** fewer steps", "fewer steps"],
    ["- Hypothesis: fewer steps", "fewer steps"],
    ["> `HYPOTHESIS: fewer steps`", "fewer steps"],
    ["**Hypothesis**: fewer steps", "fewer steps"],
  ])("may be decorated: %s", (text, hypothesis) => {
    expect(wordsOf(text).hypothesis).toBe(hypothesis);
  });

  it("may say that the change is a simplification", () => {
    expect(wordsOf("HYPOTHESIS: x\nINTENT: simplify")).toMatchObject({ intent: "simplify" });
    expect(wordsOf("HYPOTHESIS: x\nINTENT: improve")).not.toHaveProperty("intent");
  });

  it("are the first sentence when there is no label", () => {
    expect(wordsOf("# Done.\n\nMore.").hypothesis).toBe("Done.");
    expect(wordsOf("I raised the rate to 1.5. It should help.").hypothesis).toBe("I raised the rate to 1.5.");
  });

  it("are never empty", () => {
    for (const text of ["", "\n\n", "```", "HYPOTHESIS:", "\u001b[31m"]) expect(wordsOf(text).hypothesis).not.toBe("");
    expect(wordsOf("").hypothesis).toBe(NO_HYPOTHESIS);
  });

  it("are bounded and cleaned", () => {
    const words = wordsOf(`HYPOTHESIS: \u001b[31mred\u0007 ${"x".repeat(1e6)}\nDESCRIPTION: ${"y\n".repeat(1e5)}`);
    expect(words.hypothesis).not.toContain("\u001b");
    expect(words.hypothesis.length).toBeLessThanOrEqual(200);
    expect(words.description.length).toBeLessThanOrEqual(2000);
  });
});

describe("a rate limit in an error text", () => {
  const now = new Date("2025-11-24T23:30:00Z");
  const until = (text: string) => rateLimitIn(text, now)?.until;

  it.each([
    ["429 Too Many Requests, retry-after: 30", "2025-11-24T23:30:30.000Z"],
    ["rate limit; please try again in 1h 5m 3s", "2025-11-25T00:35:03.000Z"],
    ['{"code":429,"status":"RESOURCE_EXHAUSTED","retryDelay":"32s"}', "2025-11-24T23:30:32.000Z"],
    ["Rate limit reached. Please try again in 500ms.", "2025-11-24T23:30:00.500Z"],
    ["Claude AI usage limit reached|1764032400", "2025-11-25T01:00:00.000Z"],
    ["429 the limit is reset at 2025-11-25T02:00:00Z", "2025-11-25T02:00:00.000Z"],
    ["You've hit your session limit · resets 1am (Europe/Berlin)", "2025-11-25T00:00:00.000Z"],
    ["usage limit reached, resets at 3:15 pm (UTC)", "2025-11-25T15:15:00.000Z"],
  ])("is waited out until the time it names: %s", (text, time) => {
    expect(until(text)).toBe(time);
  });

  it("may name no time, or one that makes no sense", () => {
    expect(rateLimitIn("429 Too Many Requests", now)).toEqual({ why: "429 Too Many Requests", until: undefined });
    expect(until("429, reset at 2020-01-01T00:00:00Z")).toBeUndefined();
    expect(until("429, retry-after: 99999999")).toBeUndefined();
    expect(until("usage limit, resets 1am (No/Where)")).toBeDefined();
  });

  it("is not what an empty account, another error or an ordinary sentence says", () => {
    expect(rateLimitIn("429 insufficient_quota: check your billing", now)).toBeUndefined();
    expect(rateLimitIn("500 Internal Server Error", now)).toBeUndefined();
    expect(rateLimitIn("the learning rate was 4290", now)).toBeUndefined();
  });

  it("looks at the end of a long text, in bounded time", () => {
    expect(rateLimitIn(`${"a 1 ".repeat(1e6)}\n429 retry after 5 s`, now)?.until).toBe("2025-11-24T23:30:05.000Z");
  });
});
