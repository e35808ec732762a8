/**
 * The fence of an agent that is a program: the turn's own (fences.ts), and what its kind needs besides.
 *
 * Not covered: what the agent's own program does with a login that it was given.
 */
import { sep } from "node:path";
import type { Turn } from "../../agent.ts";
import type { Fence, Network } from "../../sandbox.ts";

/** What one program needs beside its worktree. Absolute paths. */
export interface Access {
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  /** Empty and read-only for the program although it lies in something above. */
  readonly covered: readonly string[];
  readonly network: Network;
}

export function agentFenceOf({ root, fence }: Pick<Turn, "root" | "fence">, access: Access): Fence {
  // A folder around the worktree would bring back what is hidden beside it.
  const isAround = (path: string) => path === sep || `${root}${sep}`.startsWith(`${path}${sep}`);
  const beside = (paths: readonly string[]) => paths.filter((path) => !isAround(path));
  return {
    ...fence,
    readable: [...fence.readable, ...beside(access.readable)],
    // Neither a program's own folder nor a person's option makes what is only readable, the git folder, writable.
    writable: [...fence.writable, ...beside(access.writable).filter((path) => !fence.readable.includes(path))],
    covered: [...fence.covered, ...access.covered],
    network: access.network,
  };
}
