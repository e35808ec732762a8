/**
 * The reads of the view as React hooks: what is shown is read again when the ledger or what is asked has changed, and a
 * log while its run is on.
 */
import { useEffect, useState } from "react";
import { type Experiment, openRun } from "../../experiment.ts";
import type { Line } from "./lines.ts";
import { isRunning, readDiff, readLog, readStanding, type Source, type Standing, versionOf } from "./source.ts";
import type { Tab } from "./state.ts";

const POLL_MS = 500;
/** Whether somebody works on it is asked only so often, because asking takes the lock for a moment. */
const ASK_EVERY = 6;

/** The session as it stands, read again when it has changed; also each second, for the clocks in the progress line. */
export function useStanding(source: Source): Standing {
  const [standing, set] = useState(() => readStanding(source, isRunning(source)));
  const [, tick] = useState(0);
  useEffect(() => {
    let polls = 0;
    const timer = setInterval(() => {
      polls += 1;
      if (polls % 2 === 0) tick(polls);
      set((before) => {
        const running = polls % ASK_EVERY === 0 ? isRunning(source) : before.running;
        const same = running === before.running && versionOf(source) === before.version;
        return same ? before : readStanding(source, running);
      });
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [source]);
  return standing;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The size of the terminal as it is now. */
export function useSize(stream: NodeJS.WriteStream): Size {
  const [size, set] = useState(() => sizeOf(stream));
  useEffect(() => {
    const onResize = () => {
      // What the terminal made of the old lines cannot be known: begin on an empty screen.
      stream.write("\u001b[2J\u001b[H");
      set(sizeOf(stream));
    };
    stream.on("resize", onResize);
    return () => void stream.off("resize", onResize);
  }, [stream]);
  return size;
}

function sizeOf(stream: NodeJS.WriteStream): Size {
  return { columns: stream.columns || 80, rows: stream.rows || 24 };
}

/** Lines of the two tabs that are not in the ledger; empty while they are read, and for the other tabs. */
export function useOutside(source: Source, e: Experiment | undefined, tab: Tab): readonly Line[] {
  const key = `${e?.number} ${tab} ${e?.proposal?.commit} ${e?.runs.length}`;
  const [found, set] = useState<{ readonly key: string; readonly lines: readonly Line[] }>({ key: "", lines: [] });
  const isOpen = e !== undefined && openRun(e) !== undefined;
  useEffect(() => {
    if (e === undefined || (tab !== "diff" && tab !== "log")) return undefined;
    let gone = false;
    const read = () => {
      const reading = tab === "diff" ? readDiff(source, e) : readLog(source, e);
      const failed = (error: Error): readonly Line[] => [{ text: `cannot be read: ${error.message}`, tone: "bad" }];
      void reading.catch(failed).then((lines) => (gone ? undefined : set({ key, lines })));
    };
    read();
    const timer = tab === "log" && isOpen ? setInterval(read, 1000) : undefined;
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [source, e, tab, key, isOpen]);
  return found.key === key ? found.lines : [];
}
