/**
 * What a fence is made of: what fences, and what one fenced process may do.
 */

/** What there is on this machine to fence with, found by trying it (`sandbox/probe.ts`). */
export type Sandbox =
  | { readonly kind: "bubblewrap"; readonly path: string; readonly version: string }
  | { readonly kind: "none"; readonly why: string };

/** Where a fenced process may connect to. `gateway`: only a Unix socket of ours, seen as 127.0.0.1:`port` inside. */
export type Network = "none" | "open" | { readonly gateway: string; readonly port: number };

/** What one process may do. All paths are absolute. What is missing on this machine is left out without a word. */
export interface Fence {
  /** What can be written; made visible if it lies in something hidden. */
  readonly writable: readonly string[];
  /** What stays readable although it lies in something hidden. */
  readonly readable: readonly string[];
  /** What is not there: folders are empty, files are empty. The person's home is always hidden. */
  readonly hidden: readonly string[];
  /** Hidden although it lies in something readable: covered last of all. */
  readonly covered: readonly string[];
  /** Private folder for temporary files; seen at its own path and as /tmp. */
  readonly tmp: string;
  readonly network: Network;
}
