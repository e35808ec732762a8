/**
 * Whether notifications wait in a lab near a command: a look at names of files only, because it follows every command,
 * and those that only read must stay quick.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** State folders of which something waits: of the folder named (else this one), and of shipped labs' copies here. */
export function outboxesNear(named: string | undefined): readonly string[] {
  const folder = named !== undefined && isFolder(named) ? named : ".";
  const copies = namesIn(join(".nightyard", "labs")).map((name) => join(".nightyard", "labs", name));
  const states = [folder, ...copies].map((lab) => join(lab, ".nightyard"));
  return states.filter((state) => namesIn(join(state, "outbox")).some((name) => /^notify-.*\.json$/.test(name)));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
