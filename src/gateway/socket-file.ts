/** The file of a Unix socket: where it may stand, and what must not stand there before. */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { UserError } from "../util/user-error.ts";

/** The kernel has room for 107 bytes on Linux and for 103 on macOS. */
const MAX_BYTES = 103;

export interface SocketFile {
  readonly path: string;
  /** A folder made for it alone; removed with it. */
  readonly folder: string | undefined;
}

/** The file that was asked for, or one in a short folder of its own when the kernel would cut that name. */
export function placeSocket(asked: string): SocketFile {
  if (!isAbsolute(asked)) throw new UserError(`socket of the gateway: expected an absolute path; found "${asked}"`);
  if (Buffer.byteLength(asked) <= MAX_BYTES) {
    mkdirSync(dirname(asked), { recursive: true, mode: 0o700 });
    // Left by a gateway that was killed; anything but a socket is not ours to remove.
    if (isSocket(asked)) rmSync(asked);
    return { path: asked, folder: undefined };
  }
  const near = join(os.tmpdir(), "nightyard-");
  const folder = mkdtempSync(Buffer.byteLength(near) + 20 <= MAX_BYTES ? near : "/tmp/nightyard-");
  return { path: join(folder, "gateway.sock"), folder };
}

/** Only this user may connect. */
export function closeToOthers(file: SocketFile): void {
  chmodSync(file.path, 0o600);
}

/** Takes away what was made, and nothing that stood there before and is no socket. */
export function removeSocket(file: SocketFile): void {
  if (file.folder !== undefined) rmSync(file.folder, { recursive: true, force: true });
  else if (isSocket(file.path)) rmSync(file.path, { force: true });
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}
