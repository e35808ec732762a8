/** Imports a text into a fresh ledger, as the command does, without the command. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Commit } from "../../src/experiment.ts";
import { alreadyIn, freeTag, writePart } from "../../src/import/write.ts";
import { type ImportOptions, type Survey, survey } from "../../src/import.ts";
import { experimentsOf, type Ledger, openLedger, sessionOf } from "../../src/ledger.ts";
import { tempDir } from "../support/repo.ts";

export function stateDir(): string {
  const dir = join(tempDir(), ".nightyard");
  mkdirSync(dir);
  return dir;
}

export function fileOf(text: string | Uint8Array, name = "results.tsv"): string {
  const file = join(tempDir(), name);
  writeFileSync(file, text);
  return file;
}

/** Writes every part that is not there yet; answers the tags written. */
export async function writeAll(ledger: Ledger, seen: Survey, commits = new Map<string, Commit>()) {
  const tags: string[] = [];
  for (const part of seen.parts) {
    const before = alreadyIn(ledger, seen, part);
    if (before?.ended !== undefined) continue;
    const tag = before?.tag ?? freeTag(ledger, "night.tsv", new Set(tags));
    await writePart({ ledger, survey: seen, name: "night.tsv", labDir: "/lab", version: "0", commits }, part, tag);
    tags.push(tag);
  }
  return tags;
}

export async function takeIn(text: string | Uint8Array, options: ImportOptions = {}, name?: string) {
  const seen = await survey(fileOf(text, name), options);
  const ledger = openLedger(stateDir());
  const tags = await writeAll(ledger, seen);
  const sessions = tags.map((tag) => {
    const session = sessionOf(ledger, tag);
    if (session === undefined) throw new Error(`${tag} is not in the ledger`);
    return { session, experiments: experimentsOf(ledger, tag) };
  });
  const first = sessions[0];
  if (first === undefined) throw new Error("nothing was written");
  return { seen, ledger, sessions, ...first };
}
