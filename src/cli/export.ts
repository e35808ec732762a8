/**
 * `nightyard export`: the ledger in other shapes. Text goes to standard output or into `--out`; Parquet and TensorBoard
 * are files; MLflow is a server. Nothing is held as a whole, and a reader that is slow is waited for.
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Writable } from "node:stream";
import { writeParquet } from "../export/parquet.ts";
import { writeTensorboard } from "../export/tensorboard.ts";
import { csv, events, experiments, tsv } from "../export/text.ts";
import type { Exported } from "../export.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { exportToMlflow, flushMlflow } from "./export-mlflow.ts";
import { type Opened, withSession } from "./lab.ts";
import type { ReadOptions } from "./status.ts";

export interface ExportOptions extends ReadOptions {
  readonly format: string;
  readonly out?: string | undefined;
  /** Of JSONL: "event", or one line per "experiment". */
  readonly per?: string | undefined;
  readonly mlflowUrl?: string | undefined;
  readonly flush?: boolean | undefined;
}

type Text = (from: Exported) => Iterable<string>;
const TEXTS: Readonly<Record<string, Text>> = { tsv, csv, jsonl: events };
const FORMATS = [...Object.keys(TEXTS), "parquet", "tensorboard", "mlflow"];

export async function exportCommand(lab: string | undefined, options: ExportOptions): Promise<number> {
  const { format, per = "event" } = options;
  if (!FORMATS.includes(format)) {
    throw new UserError(`--format: expected one of ${FORMATS.join(", ")}, found "${format}"`);
  }
  if (per !== "event" && per !== "experiment") {
    throw new UserError(`--per: expected event or experiment, found "${per}"`);
  }
  if (format === "mlflow" && options.flush === true) return flushMlflow(lab, options);
  return withSession(lab, options.session, (opened) => write(opened, options));
}

async function write(opened: Opened, options: ExportOptions): Promise<number> {
  const { format, out } = options;
  const text = format === "jsonl" && options.per === "experiment" ? experiments : TEXTS[format];
  if (text !== undefined) {
    if (out === undefined) await pour(text(opened), process.stdout);
    else await intoFile(text(opened), out);
    return EXIT.ok;
  }
  if (format === "mlflow") return exportToMlflow(opened, options);
  if (format === "parquet") {
    const rows = await writeParquet(opened, needOut(options, `${opened.session.tag}.parquet`));
    process.stderr.write(`${out}: ${rows} rows\n`);
    return EXIT.ok;
  }
  const { file, scalars } = writeTensorboard(opened, needOut(options, "tensorboard"));
  process.stderr.write(`${file}: ${scalars} scalars\ntensorboard --logdir '${out}'\n`);
  return EXIT.ok;
}

function needOut({ format, out }: ExportOptions, example: string): string {
  if (out !== undefined) return out;
  throw new UserError(`--out: a ${format} export is no text; it needs a place`, {
    fix: `nightyard export --format ${format} --out ${basename(example)}`,
  });
}

async function intoFile(pieces: Iterable<string>, file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new UserError(`--out: ${file} is a folder; expected the name of a file`);
  const fresh = `${file}.new`;
  const stream = createWriteStream(fresh);
  try {
    await Promise.race([pour(pieces, stream), failureOf(stream)]);
    const closed = once(stream, "close");
    stream.end();
    await closed;
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true });
    throw new UserError(`${file}: cannot be written (${(cause as Error).message})`, { cause });
  }
}

async function failureOf(stream: Writable): Promise<never> {
  const [error] = await once(stream, "error");
  throw error;
}

/** In pieces of 64 KiB; a reader that is slow is waited for. */
async function pour(pieces: Iterable<string>, stream: Writable): Promise<void> {
  let piece = "";
  for (const text of pieces) {
    piece += text;
    if (piece.length < 65_536) continue;
    if (!stream.write(piece)) await once(stream, "drain");
    piece = "";
  }
  await new Promise<void>((resolve, reject) => {
    stream.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}
