/**
 * How a mix is written behind `--agent`:
 *
 *     claude:3,tuner:1                  weights, where nothing but a whole number stands behind the colon
 *     claude:model=NAME*3,tuner*1       a weight behind a star, for kinds that have an argument
 *     next:claude,codex,tuner           one after the other, when nothing was kept for long
 *     mix:FILE.json                     { "turns": "bandit", "agents": [{ "agent": "command:…", "weight": 2 }] }
 *
 * A comma separates two agents only where the name of a kind follows, so that an argument may hold commas; one that
 * holds a comma and then the name of a kind needs the file.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../../util/user-error.ts";

/** How turns are given out. */
export type Turns = "bandit" | "next";

export interface MixPart {
  /** What it is called in the ledger: its kind with its argument. */
  readonly label: string;
  readonly weight: number;
}

export interface MixPlan {
  readonly turns: Turns;
  readonly parts: readonly MixPart[];
}

const MAX_WEIGHT = 1000;

const File = z.strictObject({
  turns: z.enum(["bandit", "next"]).default("bandit"),
  agents: z
    .array(z.strictObject({ agent: z.string().min(1).max(200), weight: z.int().min(1).max(MAX_WEIGHT).default(1) }))
    .min(1)
    .max(20),
});

/** The mix that a text means; undefined when it names one agent. Throws UserError. */
export function parseMix(text: string, kinds: readonly string[]): MixPlan | undefined {
  if (text.startsWith("mix:")) return checked(readMix(text.slice(4)), text);
  const isList = text.startsWith("next:");
  const words = splitAtKinds(isList ? text.slice(5) : text, kinds);
  if (words.length < 2 && !isList) return undefined;
  const parts = words.map((word) => partOf(word, text));
  return checked({ turns: isList ? "next" : "bandit", parts }, text);
}

function splitAtKinds(text: string, kinds: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (const word of text.split(",")) {
    const kind = /^[a-z-]+(?=$|[:*])/.exec(word)?.[0] ?? "";
    if (words.length === 0 || kinds.includes(kind)) words.push(word);
    else words.push(`${words.pop()},${word}`);
  }
  return words;
}

function partOf(word: string, text: string): MixPart {
  const [, label = word, weight] = /^(.+)\*(\d{1,6})$/.exec(word) ?? /^([^:]+):(\d{1,6})$/.exec(word) ?? [];
  const number = weight === undefined ? 1 : Number(weight);
  if (number >= 1 && number <= MAX_WEIGHT && label !== "") return { label, weight: number };
  throw new UserError(`--agent ${text}: expected a weight from 1 to ${MAX_WEIGHT}, found "${word}"`, { fix: EXAMPLE });
}

function checked(plan: MixPlan, text: string): MixPlan {
  const twice = plan.parts.find((part, i) => plan.parts.findIndex((p) => p.label === part.label) !== i);
  if (twice === undefined) return plan;
  throw new UserError(`--agent ${text}: ${twice.label} is in it twice`, { fix: EXAMPLE });
}

const EXAMPLE = "nightyard run --agent claude:3,tuner:1";

function readMix(file: string): MixPlan {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new UserError(`${file}: expected the JSON of a mix of agents: ${(cause as Error).message}`, {
      fix: `echo '{"agents":[{"agent":"claude","weight":3},{"agent":"tuner","weight":1}]}' > ${file}`,
      cause,
    });
  }
  const parsed = File.safeParse(json);
  if (parsed.success) {
    const { turns, agents } = parsed.data;
    return { turns, parts: agents.map(({ agent, weight }) => ({ label: agent, weight })) };
  }
  const [issue] = parsed.error.issues;
  throw new UserError(`${file}: ${issue?.path.join(".") || "the file"}: ${issue?.message}`, { cause: parsed.error });
}
