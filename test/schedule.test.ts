/**
 * Schedules as values: which night a start belongs to, which nights were missed, and the texts for cron, systemd and
 * launchd, checked by the systems' own tools where this machine has them.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { cronBlock, editCrontab } from "../src/schedule/cron.ts";
import { installText } from "../src/schedule/install.ts";
import { jobOf, scriptText } from "../src/schedule/job.ts";
import { launchdPlist } from "../src/schedule/launchd.ts";
import { systemdUnits } from "../src/schedule/systemd.ts";
import {
  markTold,
  missedNights,
  type Night,
  nextNight,
  nightLine,
  nightOf,
  type Plan,
  readSchedule,
  type Schedule,
  untoldNights,
  withNight,
  writeSchedule,
} from "../src/schedule.ts";
import { removeTemps, tempDir } from "./support/repo.ts";

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});
afterAll(removeTemps);

function plan(part: Partial<Plan> = {}): Plan {
  const common = { seconds: 28_800, tagPrefix: "", agent: "tuner", via: "cron" as const };
  return { at: "23:00", ...common, installedAt: new Date(2026, 10, 20, 12).toISOString(), ...part };
}

const local = (month: number, day: number, hour: number, minute = 0) => new Date(2026, month - 1, day, hour, minute);

describe("a night", () => {
  it("is the one planned last, also after midnight and a little early", () => {
    expect(nightOf(plan(), local(11, 24, 23)).day).toBe("2026-11-24");
    expect(nightOf(plan(), local(11, 25, 6)).day).toBe("2026-11-24");
    expect(nightOf(plan(), local(11, 24, 22, 58)).day).toBe("2026-11-24");
    expect(nightOf(plan(), local(11, 24, 22, 30)).day).toBe("2026-11-23");
    expect(nightOf(plan({ at: "00:05" }), local(1, 1, 0, 5)).day).toBe("2026-01-01");
    expect(nextNight(plan(), local(12, 31, 23, 30)).when).toEqual(new Date(2027, 0, 1, 23));
  });

  it("that left no record is missed, once it is too late for it and not before the installation", () => {
    const known: Night[] = [{ day: "2026-11-22", at: "23:00", state: "begun", tag: "nov22" }];
    const schedule: Schedule = { version: 1, plan: plan(), nights: known };
    const days = (now: Date) => missedNights(schedule, now).map((n) => n.day);
    expect(days(local(11, 20, 23, 30))).toEqual([]);
    expect(days(local(11, 21, 0, 30))).toEqual(["2026-11-20"]);
    expect(days(local(11, 24, 12))).toEqual(["2026-11-20", "2026-11-21", "2026-11-23"]);
    expect(missedNights({ version: 1, nights: known }, local(11, 24, 12))).toEqual([]);
    expect(nightLine(missedNights(schedule, local(11, 24, 12))[2] as Night)).toBe("missed: nov23 23:00 (machine off?)");
  });

  it("is neither double nor missing when clocks change", () => {
    process.env.TZ = "Europe/Berlin";
    // 02:30 is not there on March 29th and there twice on October 25th.
    const spring = plan({ at: "02:30", installedAt: new Date(2026, 2, 27, 12).toISOString() });
    const springDays = missedNights({ version: 1, plan: spring, nights: [] }, local(3, 31, 12)).map((n) => n.day);
    expect(springDays).toEqual(["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]);
    const autumn = plan({ at: "02:30", installedAt: new Date(2026, 9, 24, 12).toISOString() });
    const autumnDays = missedNights({ version: 1, plan: autumn, nights: [] }, local(10, 26, 12)).map((n) => n.day);
    expect(autumnDays).toEqual(["2026-10-25", "2026-10-26"]);
  });

  it("is looked back for at most sixty days", () => {
    const old = plan({ installedAt: new Date(2020, 0, 1).toISOString() });
    expect(missedNights({ version: 1, plan: old, nights: [] }, local(11, 24, 12)).length).toBeLessThanOrEqual(60);
  });
});

describe("the record of nights", () => {
  it("is told of once, and a broken file stops nobody but who asks for it", () => {
    const dir = tempDir();
    const overlap: Night = { day: "2026-11-21", at: "23:00", state: "overlap", detail: "process 7 runs session x" };
    const begun: Night = { day: "2026-11-20", at: "23:00", state: "begun", tag: "nov20" };
    writeSchedule(dir, withNight(withNight({ version: 1, plan: plan(), nights: [] }, overlap), begun));
    const untold = untoldNights(dir, local(11, 23, 12));
    expect(untold.map(nightLine)).toEqual([
      "not begun: nov21 23:00 (process 7 runs session x)",
      "missed: nov22 23:00 (machine off?)",
    ]);
    markTold(dir, untold);
    expect(untoldNights(dir, local(11, 23, 12))).toEqual([]);
    expect(readSchedule(dir).nights.map((n) => n.day)).toEqual(["2026-11-20", "2026-11-21", "2026-11-22"]);
    writeFileSync(join(dir, "schedule.json"), '{"version":1,"nights":[{"day":"yesterday"}]}');
    expect(untoldNights(dir, local(11, 23, 12))).toEqual([]);
    expect(() => readSchedule(dir)).toThrow(/schedule.json: expected a schedule, found a fault at nights.0.day/);
  });
});

const ODD = "/home/o'neil/my lab 100% $HOME/a\"b";
const job = jobOf(ODD, `${ODD}/.nightyard`, "23:05");

describe("cron", () => {
  const mine = cronBlock(job);

  it("gets one line between two that name the lab", () => {
    expect(mine).toEqual([
      `# nightyard ${job.id} begin: ${ODD}`,
      `5 23 * * * /bin/sh '/home/o'\\''neil/my lab 100\\% $HOME/a"b/.nightyard/schedule.sh'`,
      `# nightyard ${job.id} end`,
    ]);
  });

  it("keeps every other byte, replaces its own lines and takes them away again", () => {
    const others = "MAILTO=me\n\n# a comment\n*/5 * * * * echo \\% \n@reboot x";
    const first = editCrontab(others, job.id, mine);
    if (!first.ok) throw new Error(first.why);
    expect(first.text).toBe(`${others}\n${mine.join("\n")}\n`);
    expect(editCrontab(first.text, job.id, mine)).toEqual(first);
    const behind = `${first.text}0 1 * * * later\n`;
    const other = ["# nightyard ffffffff begin: /other", "1 1 * * * other", "# nightyard ffffffff end"];
    const both = editCrontab(behind, "ffffffff", other);
    if (!both.ok) throw new Error(both.why);
    const moved = editCrontab(both.text, job.id, [mine[0], "7 7 * * * x", mine[2]]);
    if (!moved.ok) throw new Error(moved.why);
    expect(moved.text).toBe(both.text.replace(mine[1], () => "7 7 * * * x"));
    const removed = editCrontab(moved.text, job.id, undefined);
    if (!removed.ok) throw new Error(removed.why);
    expect(editCrontab(removed.text, "ffffffff", undefined)).toEqual({
      ok: true,
      text: `${others}\n0 1 * * * later\n`,
    });
  });

  it("refuses a block that somebody changed", () => {
    const [begin, line, end] = mine;
    for (const text of [
      [begin, line],
      [line, end],
      [begin, line, "x", end],
      [begin, line, end, begin, line, end],
    ]) {
      expect(editCrontab(`${text.join("\n")}\n`, job.id, mine).ok).toBe(false);
    }
  });

  it("is text that cron itself takes", () => {
    const file = join(tempDir(), "tab");
    writeFileSync(file, `${mine.join("\n")}\n`);
    // Debian's cron checks with -n, cronie with -T; neither changes anything.
    const tries = ["-n", "-T"].map((flag) => spawnSync("crontab", [flag, file], { encoding: "utf8" }));
    if (tries[0]?.error !== undefined) console.warn("SKIPPED: no crontab on this machine to check the text with");
    else
      expect(
        tries.some((t) => t.status === 0),
        tries.map((t) => t.stderr).join("\n"),
      ).toBe(true);
  });
});

describe("systemd", () => {
  it("gets a service and a timer that does not make up for what was missed", () => {
    const [service, timer] = systemdUnits(job, { HOME: "/home/x" });
    expect(service?.path).toBe(`/home/x/.config/systemd/user/nightyard-${job.id}.service`);
    expect(service?.text).toContain(
      `ExecStart=/bin/sh "/home/o'neil/my lab 100%% $$HOME/a\\"b/.nightyard/schedule.sh"\n`,
    );
    expect(timer?.text).toBe(
      [
        "[Unit]",
        `Description=Nightyard, every night: ${ODD.replace("%", "%%")}`,
        "",
        "[Timer]",
        "OnCalendar=*-*-* 23:05:00",
        "AccuracySec=1s",
        "Persistent=false",
        "",
        "[Install]",
        "WantedBy=timers.target",
        "",
      ].join("\n"),
    );
  });

  it("is text that systemd itself takes", () => {
    const dir = tempDir();
    const units = systemdUnits(job, { HOME: dir });
    for (const { path, text } of units) {
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, text);
    }
    const paths = units.map((u) => u.path);
    const verified = spawnSync("systemd-analyze", ["--user", "verify", ...paths], { encoding: "utf8" });
    if (verified.error !== undefined) {
      console.warn("SKIPPED: no systemd-analyze on this machine to check the units with");
      return;
    }
    // Complaints about our files only: other units of the machine are not our concern.
    const ours = verified.stderr.split("\n").filter((line) => line.includes("nightyard-"));
    expect(ours.join("\n")).toBe("");
    const calendar = spawnSync("systemd-analyze", ["calendar", "*-*-* 23:05:00"], { encoding: "utf8" });
    expect(calendar.status).toBe(0);
  });
});

describe("launchd", () => {
  it("gets a property list that a parser reads back", () => {
    const { path, text } = launchdPlist(jobOf("/a&b/<lab>", "/a&b/<lab>/.nightyard", "07:30"), { HOME: "/Users/x" });
    expect(path).toMatch(/^\/Users\/x\/Library\/LaunchAgents\/dev\.nightyard\.[0-9a-f]{8}\.plist$/);
    expect(text).toContain("<string>/a&amp;b/&lt;lab&gt;/.nightyard/schedule.sh</string>");
    const program = "import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
    const parsed = spawnSync("python3", ["-c", program], { input: text, encoding: "utf8" });
    if (parsed.error !== undefined) {
      console.warn("SKIPPED: no python3 on this machine to read the property list with");
      return;
    }
    expect(JSON.parse(parsed.stdout)).toEqual({
      Label: path.replace(/.*\//, "").replace(".plist", ""),
      ProgramArguments: ["/bin/sh", "/a&b/<lab>/.nightyard/schedule.sh"],
      StartCalendarInterval: { Hour: 7, Minute: 30 },
    });
  });

  it("is what --dry-run prints, with what would be started", () => {
    const text = installText(job, "launchd", "#!/bin/sh\n", { HOME: "/Users/x" });
    expect(text).toContain(`# ${ODD}/.nightyard/schedule.sh\n#!/bin/sh\n`);
    expect(text).toMatch(/# then: launchctl bootstrap gui\/\d+ \/Users\/x\/Library/);
  });
});

describe("the script", () => {
  it("brings the environment along, takes keys from a file, and runs in an empty environment", () => {
    const home = tempDir();
    const lab = join(home, "o'neil 100% $HOME");
    const stateDir = join(lab, ".nightyard");
    mkdirSync(stateDir, { recursive: true });
    mkdirSync(join(home, ".config/nightyard"), { recursive: true });
    writeFileSync(join(home, ".config/nightyard/env"), "SOME_KEY='a b'\n");
    const node = join(home, "fake node");
    writeFileSync(node, '#!/bin/sh\nprintf "%s\\n" "$@" "$PATH" "$SOME_KEY" "$PWD"\n', { mode: 0o755 });
    const path = `/usr/bin:/bin:/it's here`;
    const env = { PATH: path, OPENAI_API_KEY: "sk-1", NIGHTYARD_NOTIFY: "/n.yaml" };
    const text = scriptText(jobOf(lab, stateDir, "23:00"), { node, bin: "/opt/night yard/bin.js", env });
    expect(text).not.toContain("sk-1");
    writeFileSync(join(stateDir, "schedule.sh"), text);
    const words = ["-i", `HOME=${home}`, "/bin/sh", join(stateDir, "schedule.sh")];
    for (let i = 0; i < 2; i += 1) execFileSync("/usr/bin/env", words, { encoding: "utf8" });
    const once = ["/opt/night yard/bin.js", "schedule", "begin", lab, path, "a b", lab];
    const log = readFileSync(join(stateDir, "schedule.log"), "utf8");
    expect(log.trim().split("\n")).toEqual([...once, ...once]);
  });

  it("refuses paths that would become lines of their own", () => {
    const bad = jobOf("/a\nb", "/a\nb/.nightyard", "23:00");
    expect(() => installText(bad, "systemd", "", {})).toThrow("without control characters");
    expect(() => installText(jobOf("/a\\b", "/a\\b", "23:00"), "cron", "", {})).toThrow("backslashes");
  });
});
