/**
 * `--sandbox` and `--no-sandbox`: what fences a session's commands, decided and said before anything is run.
 */

import { probeSandbox } from "../sandbox/probe.ts";
import type { Sandbox } from "../sandbox.ts";
import { UserError } from "../util/user-error.ts";

/** `require`: no session without one. `auto`: one if there is one, and the session says which. `false`: none. */
export type SandboxMode = "require" | "auto" | false;

/** What the mode and this machine come to; throws UserError when one is required and there is none that holds. */
export async function chooseSandbox(mode: SandboxMode, say: (text: string) => void): Promise<Sandbox> {
  if (mode === false) {
    say("! no sandbox: runs may use the network and read and write what you may (--no-sandbox)");
    return { kind: "none", why: "the person gave --no-sandbox" };
  }
  const { sandbox } = await probeSandbox();
  if (sandbox.kind !== "none") return sandbox;
  if (mode === "auto") {
    say(`! no sandbox: ${sandbox.why}; runs may use the network and read and write what you may`);
    return sandbox;
  }
  throw new UserError(`runs must be fenced, and there is no sandbox: ${sandbox.why}`, {
    fix: `${installLine()}   # or go on without one: nightyard run --no-sandbox`,
  });
}

/** How a sandbox is installed here. */
export function installLine(): string {
  return process.platform === "linux" ? "apt-get install bubblewrap" : "see docs/sandbox.md";
}

/** Parses the option's value; throws UserError for another word. */
export function sandboxMode(value: string | boolean | undefined): SandboxMode {
  if (value === false) return false;
  if (value === undefined || value === true || value === "require") return "require";
  if (value === "auto") return "auto";
  throw new UserError(`--sandbox: expected require or auto, found "${value}"`, { fix: "nightyard run --sandbox auto" });
}
