/**
 * Scalars for TensorBoard: an event file in a folder named after the session, one step per experiment.
 *
 * Curves: `<metric>/measured` (every experiment that gave a number), `<metric>/kept` (the kept ones), `run/seconds`,
 * and `extra/<name>` for the other numbers of a run. TensorBoard's scalars are single precision: 0.969686 comes out as
 * 0.96968597; whoever needs all digits takes Parquet.
 */
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";
import { type Experiment, meanMetric } from "../experiment.ts";
import { type Exported, experimentsInPages } from "../export.ts";
import { frame } from "./tfrecord.ts";

/** Field numbers of tensorflow's event.proto and summary.proto, as far as scalars need them. */
const root = protobuf.Root.fromJSON({
  nested: {
    Value: { fields: { tag: { type: "string", id: 1 }, simpleValue: { type: "float", id: 2 } } },
    Summary: { fields: { value: { rule: "repeated", type: "Value", id: 1 } } },
    Event: {
      fields: {
        wallTime: { type: "double", id: 1 },
        step: { type: "int64", id: 2 },
        fileVersion: { type: "string", id: 3 },
        summary: { type: "Summary", id: 5 },
      },
    },
  },
});
const Event = root.lookupType("Event");

interface Scalar {
  readonly tag: string;
  readonly simpleValue: number;
}

export interface Written {
  readonly file: string;
  readonly scalars: number;
}

/** Writes the event file below `dir`; one that an earlier export of this session wrote is replaced. */
export function writeTensorboard(from: Exported, dir: string): Written {
  const { session } = from;
  const folder = join(dir, session.tag);
  mkdirSync(folder, { recursive: true });
  const began = Math.floor(Date.parse(session.startedAt) / 1000);
  // The name is a function of the session: TensorBoard reads every event file of a folder, twice the same would double.
  const file = join(folder, `events.out.tfevents.${began}.nightyard`);
  // A name without "tfevents" is not looked at.
  const fresh = join(folder, `${began}.new`);
  const fd = openSync(fresh, "w");
  let scalars = 0;
  try {
    writeSync(fd, frame(encode({ wallTime: began, fileVersion: "brain.Event:2" })));
    for (const e of experimentsInPages(from)) {
      const value = scalarsOf(e, session.metric.name);
      if (value.length === 0) continue;
      const wallTime = Date.parse(e.closedAt ?? e.openedAt) / 1000;
      writeSync(fd, frame(encode({ wallTime, step: e.number, summary: { value } })));
      scalars += value.length;
    }
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, file);
  return { file, scalars };
}

function encode(event: object): Uint8Array {
  return Event.encode(Event.fromObject(event)).finish();
}

function scalarsOf(e: Experiment, metric: string): readonly Scalar[] {
  const mean = meanMetric(e);
  const last = e.runs.findLast((r) => r.role !== "confirm" && r.measurement !== undefined);
  const seconds = last?.resources?.wallSeconds;
  const extra = Object.entries(last?.measurement?.extra ?? {});
  return [
    ...(mean === undefined ? [] : [{ tag: `${metric}/measured`, simpleValue: mean }]),
    ...(mean === undefined || e.verdict?.kind !== "keep" ? [] : [{ tag: `${metric}/kept`, simpleValue: mean }]),
    ...(seconds === undefined ? [] : [{ tag: "run/seconds", simpleValue: seconds }]),
    ...extra.map(([name, simpleValue]) => ({ tag: `extra/${name}`, simpleValue })),
  ];
}
