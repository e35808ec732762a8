/**
 * Lines of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits` with the fields below, and what a run's lines come
 * to. Pure.
 *
 * What a driver does not tell ("[N/A]", "[Not Supported]", "[Unknown Error]"; on a GPU cut by MIG the use) is missing,
 * never 0. The figures are those of the whole device: what other processes do there is in them.
 */

/** Fields in this order; `parseGpuLine` relies on it. */
export const GPU_FIELDS = "index,utilization.gpu,memory.used,power.draw";

export interface GpuSample {
  readonly index: number;
  /** Percent of the time in which a kernel ran. */
  readonly use?: number | undefined;
  /** MiB in use on the device. */
  readonly memory?: number | undefined;
  readonly watts?: number | undefined;
}

/** Of all devices of a run, in the shape of `experiment.ts`, which this layer does not import. */
export interface GpuFigures {
  /** Percent, the mean over time and devices. */
  readonly use?: number | undefined;
  /** MiB, the largest of any one device. */
  readonly peakMemoryMib?: number | undefined;
  /** All devices together: the mean over time and the largest moment. */
  readonly meanWatts?: number | undefined;
  readonly maxWatts?: number | undefined;
}

/** One line; undefined when it is none (a header, an error of the driver). */
export function parseGpuLine(line: string): GpuSample | undefined {
  if (line.length > 500) return undefined;
  const [index, use, memory, watts, more] = line.split(",").map((cell) => cell.trim());
  if (!/^\d{1,4}$/.test(index ?? "") || watts === undefined || more !== undefined) return undefined;
  return { index: Number(index), use: figure(use, 100), memory: figure(memory, 1e8), watts: figure(watts, 1e6) };
}

/** A plain number from 0 to `most`; some drivers write the unit in spite of `nounits`. */
function figure(cell: string | undefined, most: number): number | undefined {
  const [, digits] = /^(\d{1,9}(?:\.\d{1,6})?)(?: ?(?:%|MiB|W))?$/.exec(cell ?? "") ?? [];
  const value = Number(digits);
  return digits === undefined || value > most ? undefined : value;
}

interface Mean {
  readonly sum: number;
  readonly count: number;
}

/** What is known after some lines. A moment is a line of each device; it ends where an index comes again. */
export interface GpuTally {
  readonly use: Mean;
  readonly power: Mean;
  readonly peakMemory?: number | undefined;
  readonly maxWatts?: number | undefined;
  /** Of the moment that is not over. */
  readonly seen: readonly GpuSample[];
}

const NONE: Mean = { sum: 0, count: 0 };
export const NO_GPU: GpuTally = { use: NONE, power: NONE, seen: [] };

export function addSample(tally: GpuTally, sample: GpuSample): GpuTally {
  const again = tally.seen.some(({ index }) => index === sample.index);
  const before = again ? endMoment(tally) : tally;
  const peakMemory = largest(before.peakMemory, sample.memory);
  return { ...before, use: added(before.use, sample.use), peakMemory, seen: [...before.seen, sample] };
}

/** The figures so far; undefined when no line told anything. */
export function figuresOf(tally: GpuTally): GpuFigures | undefined {
  const { use, power, peakMemory, maxWatts } = endMoment(tally);
  const figures = { use: mean(use), peakMemoryMib: peakMemory, meanWatts: mean(power), maxWatts };
  const known = Object.entries(figures).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

/** Power of a moment counts only when every device told its own: a sum that lacks one is no sum. */
function endMoment(tally: GpuTally): GpuTally {
  const watts = tally.seen.map((sample) => sample.watts);
  const known = watts.filter((w) => w !== undefined);
  const total = known.length > 0 && known.length === watts.length ? known.reduce((a, b) => a + b, 0) : undefined;
  return { ...tally, power: added(tally.power, total), maxWatts: largest(tally.maxWatts, total), seen: [] };
}

function added(to: Mean, value: number | undefined): Mean {
  return value === undefined ? to : { sum: to.sum + value, count: to.count + 1 };
}

function mean({ sum, count }: Mean): number | undefined {
  return count === 0 ? undefined : sum / count;
}

function largest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}

/**
 * The devices of a run, for `--id`: "" for all, undefined for none or when they cannot be told from outside (a part of
 * a GPU cut by MIG has no line of its own).
 */
export function devicesOf(visible: string | undefined): string | undefined {
  if (visible === undefined) return "";
  const names = visible.split(",").map((name) => name.trim());
  const known = names.every((name) => /^(\d{1,4}|GPU-[0-9a-fA-F-]{4,60})$/.test(name));
  return known ? names.join(",") : undefined;
}
