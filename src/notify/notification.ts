/**
 * What is told to a person who is not looking: the digest at the end of a sitting, and "needs you" on the way. Pure.
 *
 * Promises: the id is a function of what is told about, so the same thing told twice has the same id, before and after
 * a crash; all text is cleaned and bounded here, whoever wrote it. Escaping for markup is the channel's concern.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { z } from "zod";
import { oneLine, plainText } from "../util/text.ts";

export const KINDS = ["digest", "needs-you"] as const;
export type Kind = (typeof KINDS)[number];

const MAX_TITLE = 120;
const MAX_TEXT = 1500;

/** As it is sent to a webhook or a command, and as it waits on disk. */
export const notificationSchema = z.strictObject({
  version: z.literal(1),
  /** The same for every try and every channel; a receiver drops what it has seen. */
  id: z.string().regex(/^[a-z-]{1,20}-[0-9a-f]{20}$/),
  kind: z.enum([...KINDS, "test"]),
  at: z.iso.datetime(),
  /** Folder of the lab; missing in a test message. */
  lab: z.string().max(4096).optional(),
  session: z.string().max(100).optional(),
  title: z.string().max(MAX_TITLE),
  text: z.string().max(MAX_TEXT),
  /** Path of the report on the machine that ran the session. */
  report: z.string().max(4096).optional(),
});
export type Notification = z.infer<typeof notificationSchema>;

export interface Told {
  readonly kind: Notification["kind"];
  readonly at: string;
  readonly lab?: string | undefined;
  readonly session?: string | undefined;
  /** What it is about, unlike anything else that is told of this session: the id is made from it. */
  readonly about: string;
  /** Follows "nightyard <lab> <session>: ". */
  readonly title: string;
  readonly lines: readonly string[];
  readonly report?: string | undefined;
}

export function notificationOf(told: Told): Notification {
  const { kind, at, lab, session, about, report } = told;
  const who = ["nightyard", lab === undefined ? "" : basename(lab), session ?? ""].filter((word) => word !== "");
  return {
    version: 1,
    id: `${kind}-${digestOf([kind, lab ?? "", session ?? "", about])}`,
    kind,
    at,
    ...(lab === undefined ? {} : { lab: oneLine(lab, 4096) }),
    ...(session === undefined ? {} : { session: oneLine(session, 100) }),
    title: oneLine(`${who.join(" ")}: ${told.title}`, MAX_TITLE),
    text: plainText(
      told.lines
        .map((line) => oneLine(line, 600))
        .filter((line) => line !== "")
        .join("\n"),
      MAX_TEXT,
    ),
    ...(report === undefined ? {} : { report: oneLine(report, 4096) }),
  };
}

/** Title, text and where the report is, for channels that show nothing but text. */
export function bodyOf(n: Notification): string {
  return n.report === undefined ? n.text : `${n.text}\nreport: ${n.report}`;
}

function digestOf(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 20);
}
