/**
 * The version of this package, from its package.json. Apart from all else, so that a command that only looks need not
 * load a session for it.
 */
import { existsSync, readFileSync } from "node:fs";

/** "0.1.0". The sources lie in `src/`, what is compiled from them in `dist/src/`. */
export function packageVersion(): string {
  const near = new URL("../../package.json", import.meta.url);
  const file = existsSync(near) ? near : new URL("../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
