/**
 * The names at the top of a folder as `program.ts` wants them: folders end with '/', also links to one. A folder that
 * is not there has none.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export async function labFilesOf(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const names = entries.map(async (entry) => {
    const isFolder =
      entry.isDirectory() ||
      (entry.isSymbolicLink() &&
        (await stat(join(dir, entry.name)).then(
          (info) => info.isDirectory(),
          () => false,
        )));
    return isFolder ? `${entry.name}/` : entry.name;
  });
  return (await Promise.all(names)).sort();
}
