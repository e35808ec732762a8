/**
 * How numbers and times are written for people, the same everywhere. Pure.
 */
import type { GpuFigures } from "./gpu-lines.ts";

/** "e0042". */
export function experimentName(n: number): string {
  return `e${String(n).padStart(4, "0")}`;
}

/** Six significant digits without trailing noise; "–" when there is no number. */
export function number(x: number | undefined): string {
  if (x === undefined) return "–";
  if (x === 0) return "0";
  const a = Math.abs(x);
  return a >= 1e6 || a < 1e-4 ? x.toExponential(4) : String(Number(x.toPrecision(6)));
}

/** "3:12" or "1:02:03" from seconds. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (x: number) => String(x).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** "GPU 97 %, 23.1 GiB, 412 W (max 448 W)"; what is not known is left out; undefined when nothing is. */
export function gpuWords(gpu: GpuFigures | undefined): string | undefined {
  const { use, peakMemoryMib: mib, meanWatts, maxWatts } = gpu ?? {};
  const max = maxWatts === undefined ? "" : ` (max ${Math.round(maxWatts)} W)`;
  const parts = [
    use === undefined ? undefined : `${Math.round(use)} %`,
    mib === undefined ? undefined : mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${Math.round(mib)} MiB`,
    meanWatts === undefined ? undefined : `${Math.round(meanWatts)} W${max}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : `GPU ${parts.join(", ")}`;
}

/** "7 h 52 m", "12 min", "40 s". */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** "1 keep", "2 keeps". */
export function plural(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}

/** Change from `from` to `to` in percent, with its sign: "−2.4 %"; "" when it cannot be said. */
export function percent(from: number | undefined, to: number | undefined): string {
  if (from === undefined || to === undefined || from === 0) return "";
  const p = (100 * (to - from)) / Math.abs(from);
  return `${p > 0 ? "+" : p < 0 ? "−" : "±"}${Math.abs(p).toFixed(Math.abs(p) < 10 ? 2 : 1)} %`;
}
