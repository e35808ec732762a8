/**
 * A property list for launchd, as an agent of one person. Pure.
 *
 * launchd makes up for a start that was slept through as soon as the Mac wakes; `schedule begin` sees that it is late
 * and does not begin.
 */
import os from "node:os";
import { join } from "node:path";
import { type Job, scriptFile } from "./job.ts";
import { xmlText } from "./quote.ts";
import type { UnitFile } from "./systemd.ts";

export function launchdLabel({ id }: Job): string {
  return `dev.nightyard.${id}`;
}

export function launchdPlist(job: Job, env: NodeJS.ProcessEnv): UnitFile {
  const label = launchdLabel(job);
  return {
    path: join(env.HOME || os.homedir(), "Library", "LaunchAgents", `${label}.plist`),
    text: `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
    <string>/bin/sh</string>
    <string>${xmlText(scriptFile(job))}</string>
  </array>
  <key>StartCalendarInterval</key>
  <dict>
    <key>Hour</key>
    <integer>${job.hour}</integer>
    <key>Minute</key>
    <integer>${job.minute}</integer>
  </dict>
</dict>
</plist>
`,
  };
}
