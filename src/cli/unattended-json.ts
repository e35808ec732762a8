/**
 * What `notify` and `schedule` print with `--json`: published like the others, see `json.ts`.
 */
import { z } from "zod";

const version = z.literal(1);
const id = z.string().describe("The same for every try of a notification");
const ids = z.array(z.object({ channel: z.string(), id }));

export const notifyTestJson = z.object({
  version,
  id,
  results: z.array(z.object({ channel: z.string(), kind: z.string(), sent: z.boolean(), why: z.string().optional() })),
});

export const notifyListJson = z.object({
  version,
  file: z.string().optional().describe("Missing when there is no configuration"),
  channels: z.array(
    z.object({
      channel: z.string(),
      kind: z.string(),
      send: z.array(z.enum(["digest", "needs-you"])),
      unset: z.array(z.string()).describe("Variables that the channel needs and that are not set"),
    }),
  ),
  waiting: z.array(
    z.object({
      channel: z.string(),
      id,
      since: z.iso.datetime(),
      tries: z.int(),
      nextAt: z.iso.datetime(),
      why: z.string().optional().describe("Of the last try that failed"),
    }),
  ),
});

export const notifyFlushJson = z.object({
  version,
  sent: ids,
  failed: z.array(z.object({ channel: z.string(), id, why: z.string() })),
  dropped: ids.describe("Too old to be news"),
});

export const scheduleListJson = z.object({
  version,
  lab: z.string(),
  plan: z
    .object({
      at: z.string().describe("Local time, 24 hours"),
      seconds: z.number(),
      tagPrefix: z.string(),
      agent: z.string(),
      slots: z.int().optional(),
      maxDollars: z.number().optional(),
      via: z.enum(["cron", "systemd", "launchd"]),
      installedAt: z.iso.datetime(),
    })
    .optional()
    .describe("Missing when nothing is scheduled"),
  installed: z.boolean().describe("Whether the scheduler has it as it should be"),
  next: z.iso.datetime().optional(),
  nights: z.array(
    z.object({
      day: z.string(),
      at: z.string(),
      state: z.enum(["begun", "failed", "missed", "overlap", "late"]),
      tag: z.string().optional(),
      exitCode: z.int().optional().describe("Missing while it runs, and when it was killed"),
      detail: z.string().optional(),
    }),
  ),
});
