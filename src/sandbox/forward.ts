/**
 * The one way out of a fence without a network: inside it, a forwarder listens on 127.0.0.1:<port>, carries every
 * connection to the gateway's Unix socket, starts the command, and ends with its exit code.
 *
 * Costs the start of one Node process (some 100 ms), and 45 MB for as long as the command runs; in a clone, where the
 * forwarder is run from its TypeScript, some 300 ms more. Not covered: a `node` whose libraries lie in a hidden folder.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Words in front of the command inside the fence, and what must be visible there for them. */
export function forwarderWords(
  socket: string,
  port: number,
): { readonly words: readonly string[]; readonly needs: readonly string[] } {
  const isSource = import.meta.url.endsWith(".ts");
  const file = fileURLToPath(new URL(`./forwarder.${isSource ? "ts" : "js"}`, import.meta.url));
  // It says that the file is an ES module; without it Node before 20.19 would not know.
  const manifest = fileURLToPath(new URL(isSource ? "../../package.json" : "../../../package.json", import.meta.url));
  const last = [file, socket, String(port), "--"];
  if (!isSource) return { words: [process.execPath, ...last], needs: [process.execPath, file, manifest] };
  const tsx = createRequire(import.meta.url).resolve("tsx");
  // TypeScript is only run where it was written: in a clone, whose packages are then needed too.
  const packages = dirname(dirname(dirname(tsx)));
  return {
    words: [process.execPath, "--import", pathToFileURL(tsx).href, ...last],
    needs: [process.execPath, file, manifest, packages],
  };
}
