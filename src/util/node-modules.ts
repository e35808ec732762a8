/**
 * Where `node_modules` folders are, by their names alone: on the way up from a folder, and around a path.
 *
 * Not covered: whether they exist, and links; a caller that follows these asks for a real path first.
 */
import { dirname, join, sep } from "node:path";

const NAME = "node_modules";

/** Where Node looks for packages on its way up from a folder, nearest first. Absolute; none need exist. */
export function modulesUp(from: string): readonly string[] {
  const here = join(from, NAME);
  const up = dirname(from);
  return up === from ? [here] : [here, ...modulesUp(up)];
}

/** The outermost `node_modules` that a path lies in, with all that its packages need; undefined when in none. */
export function modulesAround(path: string): string | undefined {
  const at = path.indexOf(`${sep}${NAME}${sep}`);
  return at < 0 ? undefined : path.slice(0, at + sep.length + NAME.length);
}
