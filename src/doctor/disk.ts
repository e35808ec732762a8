/**
 * Whether the disk holds a night: free bytes and free inodes against what the lab's own checkouts and logs take.
 *
 * The rule is pure, so that a full disk can be tried without one. Not covered: what runs write themselves (the cap is
 * `sandbox.disk-mb`), quotas, and a disk that others fill during the night.
 */
import { statfs } from "node:fs/promises";
import { git } from "../util/git.ts";
import type { Workspace } from "../workspace.ts";
import { type Finding, fault, ok, warning } from "./finding.ts";

export interface Room {
  /** Bytes and inodes that this user may still take. A file system without inodes says 0 of 0. */
  readonly bytes: number;
  readonly inodes: number;
  readonly allInodes: number;
}

export interface Need {
  /** Bytes and files of one checkout of the repository. */
  readonly bytes: number;
  readonly files: number;
  readonly slots: number;
}

const MIB = 2 ** 20;
/** Ledger, journal, 200 logs of 1 MiB, derived files: seen after nights of 100 experiments, with room to spare. */
const RECORDS_BYTES = 512 * MIB;
const RECORDS_FILES = 5000;
/** Below this much a night is at the mercy of whatever else writes: a temporary file of a compiler, a cache. */
const COMFORT_BYTES = 2048 * MIB;

/** Checkouts at one time: sealed copy, agent's worktree, one being prepared, and one per slot. */
function checkoutsOf(slots: number): number {
  return 3 + slots;
}

export function diskFinding(where: string, room: Room, need: Need): Finding {
  const n = checkoutsOf(need.slots);
  const wanted = n * need.bytes + RECORDS_BYTES;
  const wantedFiles = n * need.files + RECORDS_FILES;
  const parts = `${n} checkouts of ${size(need.bytes)}, and its records`;
  const text = `${size(room.bytes)} free; a session wants ${size(wanted)}: ${parts}`;
  const clean = `df -h '${where}'   # then make room, or move the lab`;
  if (room.bytes < wanted) return fault("disk", text, clean);
  if (room.allInodes > 0 && room.inodes < wantedFiles) {
    const found = `${room.inodes} inodes free; a session wants ${wantedFiles}: files cannot be made`;
    return fault("disk", found, `df -i '${where}'`);
  }
  return room.bytes < COMFORT_BYTES ? warning("disk", text, clean) : ok("disk", text);
}

/** What the file system of a folder has left. */
export async function roomAt(dir: string): Promise<Room> {
  const fs = await statfs(dir);
  return { bytes: fs.bavail * fs.bsize, inodes: fs.ffree, allInodes: fs.files };
}

/** What a checkout of the last commit takes, as git's objects say it: block sizes not counted. */
export async function needOf(ws: Workspace, slots: number): Promise<Need> {
  const out = await git(["ls-tree", "-r", "-l", "-z", "HEAD"], { cwd: ws.root });
  const sizes = out.split("\0").flatMap((line) => {
    const bytes = /^\d+ blob [0-9a-f]+ +(\d+)\t/.exec(line)?.[1];
    return bytes === undefined ? [] : [Number(bytes)];
  });
  return { bytes: sizes.reduce((sum, b) => sum + b, 0), files: sizes.length, slots };
}

function size(bytes: number): string {
  if (bytes >= 1024 * MIB) return `${(bytes / 1024 / MIB).toFixed(1)} GiB`;
  return bytes >= MIB ? `${Math.round(bytes / MIB)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
}
