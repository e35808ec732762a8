/**
 * Frozen: finds esbuild, from here or as a dependency of the nightyard package, and how Node is told to allow nothing.
 */
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";

/** The bundler's interface. */
export function loadEsbuild(): typeof import("esbuild") {
  const here = createRequire(import.meta.url);
  try {
    return here("esbuild") as typeof import("esbuild");
  } catch {
    const nightyard = realpathSync(here.resolve("nightyard/package.json"));
    return createRequire(nightyard)("esbuild") as typeof import("esbuild");
  }
}

/** Node's permission model: no file but `readable` is read, none written, no process or thread started. */
export function permissionFlags(readable: string): readonly string[] {
  const flag = process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission";
  return ["--no-warnings", flag, `--allow-fs-read=${readable}`];
}
