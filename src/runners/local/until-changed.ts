/**
 * Waits for something to appear in a folder.
 */
import { type FSWatcher, watch } from "node:fs";

const POLL_MS = 100;

/**
 * Calls `look` until it answers something, and answers that: after every change in the folder, and every 100 ms in any
 * case, because a watch may be refused (too many of them) or be deaf (network file systems).
 * Rejects with the reason of `signal` when that is aborted, and with whatever `look` throws.
 */
export function untilChanged<T>(folder: string, look: () => T | undefined, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let watcher: FSWatcher | undefined;
    const over = () => {
      clearInterval(timer);
      watcher?.close();
      signal?.removeEventListener("abort", aborted);
    };
    const aborted = () => {
      over();
      reject(signal?.reason);
    };
    const check = () => {
      try {
        const found = look();
        if (found === undefined) return;
        over();
        resolve(found);
      } catch (error) {
        over();
        reject(error);
      }
    };
    const timer = setInterval(check, POLL_MS);
    watcher = watchFolder(folder, check);
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted) aborted();
    else check();
  });
}

function watchFolder(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(folder, onChange).on("error", () => {});
  } catch {
    // Then the polling must do.
    return undefined;
  }
}
