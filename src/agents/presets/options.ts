/**
 * What follows the colon of a preset: `claude:model=claude-sonnet-4-5,home=own`.
 */
import { z } from "zod";
import { UserError } from "../../util/user-error.ts";
import { WIRES } from "./wires.ts";

const Read = z.strictObject({
  model: z.string().optional(),
  /** Another address than the provider's: a local server. */
  url: z.url({ protocol: /^https?$/, error: "expected an address such as http://127.0.0.1:8080/v1" }).optional(),
  wire: z.enum(WIRES, { error: `expected one of ${WIRES.join(", ")}` }).optional(),
  /** The variable that holds the key. */
  key: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable, not the key itself")
    .optional(),
  home: z.enum(["fresh", "own"], { error: "expected fresh or own" }).default("fresh"),
  network: z.enum(["gateway", "open"], { error: "expected gateway or open" }).default("gateway"),
  /** Most requests to the model in one turn. */
  requests: z.coerce.number({ error: "expected a number" }).int().positive().default(60),
  /** More hosts that a login needs, joined by `+`. */
  tunnel: z
    .string()
    .transform((hosts) => hosts.split("+"))
    .default([]),
  prices: z.string().optional(),
});

export type Options = z.output<typeof Read>;

/** Throws UserError. */
export function optionsOf(preset: string, argument: string): Options {
  const pairs = argument
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => pairOf(preset, part));
  const twice = pairs.find(([name], i) => pairs.findIndex(([other]) => other === name) < i);
  if (twice !== undefined) throw new UserError(`--agent ${preset}: ${twice[0]} is given twice`);
  const parsed = Read.safeParse(Object.fromEntries(pairs));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const names = Object.keys(Read.shape).join(", ");
  const what = issue?.code === "unrecognized_keys" ? `${issue.keys.join(", ")}: expected one of ${names}` : undefined;
  throw new UserError(`--agent ${preset}: ${what ?? `${issue?.path.join(".")}: ${issue?.message}`}`, {
    fix: `nightyard run --agent ${preset}:model=NAME   # see docs/agents.md`,
    cause: parsed.error,
  });
}

function pairOf(preset: string, part: string): readonly [string, string] {
  const equals = part.indexOf("=");
  if (equals > 0) return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
  throw new UserError(`--agent ${preset}: expected name=value, joined by commas, found "${part}"`, {
    fix: `nightyard run --agent ${preset}:model=${part}`,
  });
}
