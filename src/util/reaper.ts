/**
 * Ends marked processes after the death of this process, also when that was a SIGKILL.
 *
 * A shell of about 1 MB waits at a pipe that only this process holds; when the pipe ends, it sends TERM, a second later
 * KILL, to whoever carries the mark, until nobody does. Needs /proc and a `grep` with -z (GNU, busybox); elsewhere
 * nothing is started. Not covered: a process that has dropped the mark from its environment.
 */
import { spawn } from "node:child_process";
import { hasProc } from "./processes.ts";

const SCRIPT = `
while read -r _; do :; done
signal=TERM
for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  found=$(grep -lzs "^$1" /proc/[0-9]*/environ)
  [ -n "$found" ] || exit 0
  for file in $found; do
    pid=\${file#/proc/}
    kill -s $signal "\${pid%/environ}" 2>/dev/null
  done
  [ $round -eq 1 ] && sleep 1
  signal=KILL
done
`;

/** Starts the reaper for processes whose environment has an entry that begins with `prefix`: [A-Za-z0-9._/=-] only. */
export function startReaper(prefix: string): void {
  if (!hasProc) return;
  const reaper = spawn("/bin/sh", ["-c", SCRIPT, "nightyard-reaper", prefix], {
    cwd: "/",
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
    // A session of its own: Ctrl-C in the terminal must not end the reaper before us.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without a reaper all works but this last resort; and an unused pipe must not keep this process alive.
  reaper.on("error", () => {});
  reaper.stdin.on("error", () => {});
  (reaper.stdin as unknown as { unref(): void }).unref();
  reaper.unref();
}
