/**
 * The transcript of a turn: readable text, cleaned, without the key, and bounded. Written step by step, so that a turn
 * that is killed leaves what it had. For people only: nothing reads it back, and a disk that is full costs no turn.
 */
import { appendFile } from "node:fs/promises";
import { plainText } from "../../util/text.ts";
import { withoutKey } from "./key.ts";

export interface Transcript {
  readonly file: string;
  readonly key: string | undefined;
  written: number;
}

const MAX_CHARS = 1_000_000;
const MAX_ENTRY = 20_000;

export function openTranscript(file: string, key: string | undefined): Transcript {
  return { file, key, written: 0 };
}

/** Appends one entry under a heading. */
export async function write(transcript: Transcript, heading: string, text: string): Promise<void> {
  if (transcript.written >= MAX_CHARS) return;
  const entry = `## ${heading}\n\n${plainText(withoutKey(text, transcript.key), MAX_ENTRY)}\n\n`;
  transcript.written += entry.length;
  const full = transcript.written >= MAX_CHARS ? "[the transcript ends here: it is full]\n" : "";
  await appendFile(transcript.file, entry + full).catch(() => undefined);
}
