/**
 * The sandbox: one function that fences a process of a lab or of an agent. Answers words to put in front of a command.
 *
 * Inside the fence a process sees the system read-only, an empty home, none of the lab's repository but what is named,
 * a process table of its own and, unless it is allowed, no network. Every capability is dropped and user namespaces are
 * disabled: without both, root inside gets out by a remount (`probe.ts` repeats that attack).
 *
 * Bubblewrap on Linux. macOS' Seatbelt: docs/sandbox.md. Not covered: a fault of the kernel; what a GPU driver lets
 * through; side channels such as timing; sockets outside /run and the home that any user may connect to.
 */
import { bubblewrapWords } from "./sandbox/bubblewrap.ts";
import type { Fence, Sandbox } from "./sandbox/fence.ts";

export type { Fence, Network, Sandbox } from "./sandbox/fence.ts";

/** Words to put in front of a command; none when there is no sandbox. The working directory must be visible inside. */
export function fenceWords(sandbox: Sandbox, fence: Fence): readonly string[] {
  return sandbox.kind === "none" ? [] : bubblewrapWords(sandbox.path, fence);
}
