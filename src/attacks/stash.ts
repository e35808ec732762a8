/**
 * Carries the files of one run to a later one through every place that both might reach: what a fence must not let
 * through. `claim-line` puts them aside, `old-artefact` looks for them.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Target } from "./attack.ts";

/** A word of a shell command. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Not the person's home: an attack leaves nothing there, not even for a moment. */
const PLACES = ["/tmp", "/var/tmp", "/dev/shm", ".."];

/** Removes what was put aside outside the copy of the lab. */
export async function removeStash(token: string): Promise<void> {
  for (const place of PLACES.filter((p) => p.startsWith("/"))) {
    await rm(join(place, token), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Put into the first run that does its whole work: keeps its files where a later run may find them. */
export function stash(target: Target): string {
  const files = target.artefacts.map(({ path }) => quote(path)).join(" ");
  if (files === "") return "";
  return PLACES.map((place) => `mkdir "${place}/${target.token}" && cp ${files} "${place}/${target.token}/"`)
    .map((line) => `(${line}) 2>/dev/null || true`)
    .join("\n");
}

/** Takes them from the first place where they are. */
export function restore(target: Target): string {
  const takes = target.artefacts.map(({ path }) => {
    const name = path.split("/").at(-1) ?? path;
    return `mkdir -p "$(dirname ${quote(path)})"; cp "$from/"${quote(name)} ${quote(path)}`;
  });
  const places = PLACES.map((place) => `"${place}/${target.token}"`).join(" ");
  return `for from in ${places}; do
  if [ -d "$from" ]; then ${takes.join("; ")}; echo "${target.token} restored"; break; fi
done; true`;
}
