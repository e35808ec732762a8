/**
 * Compiles the sources once before any test: the command and its supervisors are tested as they ship. Type errors are
 * printed and left to `npm run check`; what was compiled in spite of them is what the tests meet.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export function setup(): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
  if (!existsSync(new URL("../../dist/src/main.js", import.meta.url))) throw new Error("npm run build made nothing");
}
