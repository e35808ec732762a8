/** The edits a scripted step can make: write, replace, delete, chmod, symlink. Paths are relative to the lab folder. */
import { chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";

/** One edit; the first field says which. */
export const Edit = z.union([
  z.strictObject({ write: z.string(), text: z.string() }),
  /** Every occurrence; it must occur. */
  z.strictObject({ replace: z.string(), find: z.string().min(1), with: z.string() }),
  z.strictObject({ delete: z.string() }),
  /** Mode in octal, such as "755". */
  z.strictObject({ chmod: z.string(), mode: z.string().regex(/^[0-7]{3,4}$/) }),
  z.strictObject({ symlink: z.string(), to: z.string() }),
]);

/** See the schema of the same name. */
export type Edit = z.infer<typeof Edit>;

/** Makes one edit below `dir`; rejects when it cannot be made, which is a fault of the script. */
export async function applyEdit(dir: string, edit: Edit): Promise<void> {
  if ("write" in edit) return write(join(dir, edit.write), edit.text);
  if ("replace" in edit) return replace(join(dir, edit.replace), edit);
  if ("delete" in edit) return rm(join(dir, edit.delete), { recursive: true });
  if ("chmod" in edit) return chmod(join(dir, edit.chmod), Number.parseInt(edit.mode, 8));
  await mkdir(dirname(join(dir, edit.symlink)), { recursive: true });
  return symlink(edit.to, join(dir, edit.symlink));
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function replace(path: string, edit: { readonly find: string; readonly with: string }): Promise<void> {
  const text = await readFile(path, "utf8");
  if (!text.includes(edit.find)) throw new Error(`scripted replace: "${edit.find}" is not in ${path}`);
  await writeFile(
    path,
    text.replaceAll(edit.find, () => edit.with),
  );
}
