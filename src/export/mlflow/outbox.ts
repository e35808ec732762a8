/**
 * What is owed to MLflow servers: one small file per server and session in `<lab>/.nightyard/outbox`, which names the
 * next experiment to send. The content is in the ledger, so nothing is copied and nothing can differ.
 *
 * Promises: a file is replaced as a whole; it is gone when everything was taken; no address with a password is stored.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../util/user-error.ts";

const owed = z.object({ version: z.literal(1), url: z.string(), session: z.string(), next: z.int().nonnegative() });
export type Owed = z.infer<typeof owed>;

function folderOf(stateDir: string): string {
  return join(stateDir, "outbox");
}

function fileOf(stateDir: string, { url, session }: Pick<Owed, "url" | "session">): string {
  const name = createHash("sha256")
    .update(JSON.stringify([url, session]))
    .digest("hex")
    .slice(0, 24);
  return join(folderOf(stateDir), `mlflow-${name}.json`);
}

export function owe(stateDir: string, debt: Owed): void {
  mkdirSync(folderOf(stateDir), { recursive: true });
  const file = fileOf(stateDir, debt);
  writeFileSync(`${file}.new`, `${JSON.stringify(debt)}\n`);
  renameSync(`${file}.new`, file);
}

export function settle(stateDir: string, debt: Owed): void {
  rmSync(fileOf(stateDir, debt), { force: true });
}

/** Everything that is owed, in the order of the files' names. */
export function owedIn(stateDir: string): readonly Owed[] {
  const folder = folderOf(stateDir);
  const names = listed(folder).filter((name) => /^mlflow-[0-9a-f]{24}\.json$/.test(name));
  return names.sort().map((name) => {
    const read = owed.safeParse(parse(readFileSync(join(folder, name), "utf8")));
    if (read.success) return read.data;
    throw new UserError(`${join(folder, name)}: expected what is owed to an MLflow server, found something else`, {
      fix: `rm '${join(folder, name)}'   # then export the session again: nothing is sent twice`,
    });
  });
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
