/**
 * Folders of the hidden home in which toolchains live: a run needs its Python, whatever manager put it there.
 *
 * Taken from PATH, so that what a person can call a fenced command can call; never a whole `.config`, `.cache` or the
 * home itself. Not covered: a tool that reads its settings elsewhere in the home (`sandbox: { read: [~/…] }` names it).
 */
import { existsSync } from "node:fs";
import os from "node:os";
import { delimiter, dirname, join, sep } from "node:path";

/** Shared by everything that installs below ~/.local. */
const LOCAL = ["bin", "lib", "share/uv", "share/pipx", "share/mise", "share/fnm", "share/pnpm"];
/** Where managers keep what their shims start, when PATH names the shims only. */
const BESIDE: Readonly<Record<string, readonly string[]>> = { ".cargo": [".rustup"] };

/** Absolute folders that exist; none when PATH names nothing below the home. */
export function toolFolders(path = process.env.PATH ?? "", home = os.homedir()): readonly string[] {
  const entries = [...path.split(delimiter), dirname(process.execPath)].filter((dir) => dir.startsWith(home + sep));
  const found = entries.flatMap((dir) => folderOf(dir, home));
  return [...new Set(found)].filter((folder) => existsSync(folder));
}

function folderOf(dir: string, home: string): readonly string[] {
  const [first = "", ...rest] = dir.slice(home.length + 1).split(sep);
  if (first === ".local") return LOCAL.map((part) => join(home, first, part));
  if (first === ".config" || first === ".cache" || first === "") return [dir];
  if (first.startsWith(".")) return [first, ...(BESIDE[first] ?? [])].map((name) => join(home, name));
  // ~/miniconda3/bin means ~/miniconda3; ~/bin means itself.
  return rest.length > 0 && dir.endsWith(`${sep}bin`) ? [dirname(dir)] : [dir];
}
