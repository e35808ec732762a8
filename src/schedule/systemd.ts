/**
 * A timer and a service for systemd's manager of one person's units. Pure.
 *
 * `Persistent=false`: a night that was slept through is not made up for in the morning; it is missed, and said so.
 * `KillMode=mixed`: a stop asks the session alone, which ends its runs itself and records them.
 */
import os from "node:os";
import { join } from "node:path";
import { oneLine } from "../util/text.ts";
import { type Job, scriptFile } from "./job.ts";
import { systemdWord } from "./quote.ts";

export interface UnitFile {
  readonly path: string;
  readonly text: string;
}

export function timerName({ id }: Job): string {
  return `nightyard-${id}.timer`;
}

export function systemdUnits(job: Job, env: NodeJS.ProcessEnv): readonly UnitFile[] {
  const folder = join(env.XDG_CONFIG_HOME || join(env.HOME || os.homedir(), ".config"), "systemd", "user");
  const two = (x: number) => String(x).padStart(2, "0");
  const what = `Nightyard, every night: ${oneLine(job.labDir, 200)}`.replaceAll("%", "%%").replaceAll("\\", "\\\\");
  return [
    {
      path: join(folder, `nightyard-${job.id}.service`),
      text: [
        "[Unit]",
        `Description=${what}`,
        "",
        "[Service]",
        "Type=exec",
        `ExecStart=/bin/sh ${systemdWord(scriptFile(job))}`,
        "KillMode=mixed",
        "TimeoutStopSec=60",
        "",
      ].join("\n"),
    },
    {
      path: join(folder, timerName(job)),
      text: [
        "[Unit]",
        `Description=${what}`,
        "",
        "[Timer]",
        `OnCalendar=*-*-* ${two(job.hour)}:${two(job.minute)}:00`,
        "AccuracySec=1s",
        "Persistent=false",
        "",
        "[Install]",
        "WantedBy=timers.target",
        "",
      ].join("\n"),
    },
  ];
}
