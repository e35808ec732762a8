/**
 * Files in the state folder that are none of ours and that a loader would find on its way up from the sealed copy: a
 * package or a settings file there would run inside the evaluator without a single sealed file being changed.
 *
 * Not covered: what lies above the state folder, in the person's own checkout.
 */
import { lstat, readdir, realpath, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ensureStateDir, packageRoot, type Workspace } from "../workspace.ts";

/** Where Node, npm, tsx, Python and pytest look in every folder above the file they load. */
const LOADER_FILES: readonly string[] = [
  ...["package.json", "package-lock.json", ".npmrc", "tsconfig.json", "jsconfig.json", "bunfig.toml", "deno.json"],
  ...["sitecustomize.py", "usercustomize.py", "conftest.py", "pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini"],
  ...[".env", ".python-version", ".nvmrc", ".tool-versions", ".git"],
];
/** The links that `ensureStateDir` makes, and where they lead. */
const OWN_LINKS: Readonly<Record<string, () => string>> = {
  nightyard: packageRoot,
  tsx: () => dirname(createRequire(import.meta.url).resolve("tsx/package.json")),
};

/** Paths of such files, relative to the state folder; empty is good. */
export async function strangers(ws: Workspace): Promise<readonly string[]> {
  const above = await Promise.all(["", "sealed", "runs", "data"].map((folder) => loaderFiles(ws.stateDir, folder)));
  return [...above.flat(), ...(await foreignModules(ws))];
}

/** Removes them and makes our own links again. */
export async function removeStrangers(ws: Workspace): Promise<void> {
  for (const path of await strangers(ws)) await rm(join(ws.stateDir, path), { recursive: true, force: true });
  await ensureStateDir(ws);
}

async function loaderFiles(stateDir: string, folder: string): Promise<readonly string[]> {
  const names = await readdir(join(stateDir, folder)).catch(() => []);
  const bad = names.filter((name) => LOADER_FILES.includes(name) || (folder !== "" && name === "node_modules"));
  return bad.map((name) => (folder === "" ? name : `${folder}/${name}`));
}

async function foreignModules(ws: Workspace): Promise<readonly string[]> {
  const dir = join(ws.stateDir, "node_modules");
  const names = await readdir(dir).catch(() => []);
  const checked = await Promise.all(names.map(async (name) => ({ name, own: await isOwnLink(join(dir, name), name) })));
  return checked.filter(({ own }) => !own).map(({ name }) => `node_modules/${name}`);
}

async function isOwnLink(path: string, name: string): Promise<boolean> {
  const own = Object.hasOwn(OWN_LINKS, name) ? OWN_LINKS[name] : undefined;
  if (own === undefined || !(await lstat(path)).isSymbolicLink()) return false;
  const [found, wanted] = await Promise.all([realpath(path).catch(() => undefined), realpath(own())]);
  return found === wanted;
}
