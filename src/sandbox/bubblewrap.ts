/**
 * A fence in bubblewrap's words. Later words cover earlier ones, so the order is: the system, what is hidden, what is
 * readable or writable in spite of it, and at last what is covered for good.
 *
 * Every binding is a `-try`, because a fence names what may be there, not what must be; a missing `writable` shows
 * itself by the command's own failure to enter its folder.
 */
import { existsSync, lstatSync, readdirSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import type { Fence } from "./fence.ts";
import { forwarderWords } from "./forward.ts";

/** Devices of accelerators: without them a run on a GPU sees none. */
const GPU_DEVICE = /^(nvidia.*|dri|kfd|accel.*|dxg)$/;
/** Sockets below /run reach daemons that act with rights of their own (docker): all hidden but these. */
const RUN_KEPT = ["/run/nvidia-persistenced", "/run/opengl-driver"];
/** Where the address of the name server may really stand. */
const RUN_NAMES = ["/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager"];

/** Words from `bwrap` to the `--` in front of the command. */
export function bubblewrapWords(path: string, fence: Fence): readonly string[] {
  const open = fence.network === "open";
  const words = [
    path,
    ...["--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-ipc", "--unshare-uts"],
    ...["--unshare-cgroup-try", "--die-with-parent", "--cap-drop", "ALL"],
    ...(open ? [] : ["--unshare-net"]),
    ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run"],
    ...gpuDevices().flatMap((device) => ["--dev-bind-try", device, device]),
    ...(open ? [...RUN_KEPT, ...RUN_NAMES] : RUN_KEPT).flatMap((p) => ["--ro-bind-try", p, p]),
    ...["--bind", fence.tmp, "/tmp", "--tmpfs", "/var/tmp"],
    ...[...new Set([os.homedir(), ...fence.hidden])].filter((p) => p !== "/").flatMap(nothingAt),
    ...fence.readable.flatMap((p) => ["--ro-bind-try", p, p]),
    ...[...fence.writable, fence.tmp].flatMap((p) => ["--bind-try", p, p]),
    ...fence.covered.flatMap(nothingAt),
  ];
  if (typeof fence.network !== "object") return [...words, "--"];
  const { gateway, port } = fence.network;
  const forwarder = forwarderWords(gateway, port);
  return [
    ...words,
    "--bind",
    gateway,
    gateway,
    ...forwarder.needs.flatMap((p) => ["--ro-bind", p, p]),
    "--",
    ...forwarder.words,
  ];
}

function nothingAt(path: string): readonly string[] {
  const at = lstatSync(path, { throwIfNoEntry: false });
  if (at === undefined) return [];
  return at.isDirectory() ? ["--tmpfs", path] : ["--ro-bind", "/dev/null", path];
}

function gpuDevices(): readonly string[] {
  if (!existsSync("/dev")) return [];
  return readdirSync("/dev")
    .filter((name) => GPU_DEVICE.test(name))
    .map((name) => join("/dev", name));
}
