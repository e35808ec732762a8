/**
 * The key of a model's endpoint: from the environment or from a file, and nowhere else.
 *
 * Promises: it is handed to the library and written nowhere; `withoutKey` takes it out of a text that came back from a
 * server (some repeat it in their errors). Not covered: a server that repeats only a part of it.
 */
import { readFileSync } from "node:fs";
import { EXIT, UserError } from "../../util/user-error.ts";
import type { Endpoint } from "./endpoint.ts";

/** Names a file whose only content is the key. */
export const KEY_FILE = "NIGHTYARD_LLM_KEY_FILE";

type Environment = Readonly<Record<string, string | undefined>>;

/** The key, or undefined when there is none and none is needed; throws UserError (exit 4) when one is needed. */
export function findKey(endpoint: Endpoint, env: Environment): string | undefined {
  const variable = endpoint.keyVariables.find((name) => (env[name] ?? "").trim() !== "");
  const key = variable === undefined ? keyFromFile(env[KEY_FILE]) : env[variable]?.trim();
  if (key !== undefined) return checked(key, variable ?? KEY_FILE);
  if (!endpoint.keyNeeded) return undefined;
  const names = endpoint.keyVariables.join(" or ");
  throw new UserError(`llm:${endpoint.argument}: no key for ${endpoint.provider}: ${names} is not set`, {
    exitCode: EXIT.agentUnavailable,
    fix: `export ${endpoint.keyVariables[0]}=…, or ${KEY_FILE}=FILE`,
  });
}

function keyFromFile(file: string | undefined): string | undefined {
  if (file === undefined || file === "") return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? "no text";
    throw new UserError(`${KEY_FILE}: expected a file with the key at ${file}, but it cannot be read (${why})`, {
      exitCode: EXIT.agentUnavailable,
      cause,
    });
  }
}

/** A key with a line break in it would be an exception of fetch that shows it. */
function checked(key: string, from: string): string {
  if (/^[\x21-\x7e]{1,4096}$/.test(key)) return key;
  throw new UserError(`${from}: expected a key on one line, without spaces`, { exitCode: EXIT.agentUnavailable });
}

export function withoutKey(text: string, key: string | undefined): string {
  // A key of a few characters ("x" for a local server) is no secret, and would be found in every word.
  return key === undefined || key.length < 8 ? text : text.replaceAll(key, "[key]");
}
