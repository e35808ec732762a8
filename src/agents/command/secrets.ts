/**
 * Keys cut out of what a program printed: of its transcript, and of what is read from its output.
 *
 * Not covered: a key that was printed in another form (base64, in pieces), and a transcript that a killed harness left.
 */
import { readFile, writeFile } from "node:fs/promises";
import type { Executed } from "../../execute.ts";

export function clean(done: Executed, secrets: readonly string[]): Executed {
  return { ...done, stdout: without(done.stdout, secrets), stderr: without(done.stderr, secrets) };
}

export async function redact(file: string, secrets: readonly string[]): Promise<void> {
  if (secrets.length === 0) return;
  const text = await readFile(file, "utf8").catch(() => "");
  const safe = without(text, secrets);
  if (safe !== text) await writeFile(file, safe);
}

/** A value too short to be a key would take ordinary words out of a text. */
function without(text: string, secrets: readonly string[]): string {
  return secrets.filter((s) => s.length >= 8).reduce((rest, secret) => rest.replaceAll(secret, "[key removed]"), text);
}
