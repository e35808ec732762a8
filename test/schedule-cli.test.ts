/**
 * `nightyard schedule` as it ships, with a crontab of its own: a program on PATH that keeps a file. The person's real
 * crontab is never touched.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { scheduleListJson } from "../src/cli/unattended-json.ts";
import { runningHolder } from "../src/ledger/lock.ts";
import { type Night, readSchedule, writeSchedule } from "../src/schedule.ts";
import { makeRepo, removeTemps, TOY_FILES, tempDir } from "./support/repo.ts";

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));
afterAll(removeTemps);

/** Behaves as crontab(1) does: -l fails without a table, - takes one from standard input. */
const CRONTAB = `#!/bin/sh
tab="$HOME/tab"
case "$1" in
-l) if [ -e "$HOME/broken" ]; then echo "cannot open the spool" >&2; exit 1; fi
    if [ -e "$tab" ]; then cat "$tab"; else echo "no crontab for me" >&2; exit 1; fi ;;
-) cat > "$tab" ;;
*) exit 2 ;;
esac
`;

function person(values: readonly string[] = []) {
  const home = tempDir();
  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "bin", "crontab"), CRONTAB, { mode: 0o755 });
  const script = join(home, "steps.json");
  const steps = values.map((text) => ({ edits: [{ write: "value.txt", text }], hypothesis: `try ${text}` }));
  writeFileSync(script, JSON.stringify(steps));
  const notify = join(home, "notify.yaml");
  writeFileSync(notify, `channels: { c: { kind: command, run: 'cat >> "${home}/told"' } }`);
  const PATH = `${join(home, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`;
  const env = { PATH, HOME: home, NIGHTYARD_SANDBOX: "auto", NIGHTYARD_NOTIFY: notify };
  const lab = makeRepo(TOY_FILES);
  return { home, lab, env, agent: `scripted:${script}`, stateDir: join(lab, ".nightyard"), tab: join(home, "tab") };
}

type Person = ReturnType<typeof person>;

function nightyard(p: Person, ...args: readonly string[]) {
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd: p.lab, env: p.env, encoding: "utf8", timeout: 120_000 });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

/** This minute, so that a start is neither early nor late. */
function nowAt(): string {
  const now = new Date();
  return [now.getHours(), now.getMinutes()].map((x) => String(x).padStart(2, "0")).join(":");
}

const install = (p: Person, ...more: readonly string[]) =>
  nightyard(p, "schedule", "--at", "23:00", "--for", "8h", "--via", "cron", ...more);

/** As cron starts it: the command of its line, with next to nothing in the environment. */
function knock(p: Person): number | null {
  const line =
    readFileSync(p.tab, "utf8")
      .split("\n")
      .find((l) => l.includes("schedule.sh")) ?? "";
  const command = line.split(" ").slice(5).join(" ").replaceAll("\\%", "%");
  const env = { HOME: p.home, PATH: "/usr/bin:/bin", SHELL: "/bin/sh" };
  return spawnSync("/bin/sh", ["-c", command], { cwd: p.home, env, timeout: 120_000 }).status;
}

const nightsOf = (p: Person): readonly Night[] => readSchedule(p.stateDir).nights;
const told = (p: Person) => (existsSync(join(p.home, "told")) ? readFileSync(join(p.home, "told"), "utf8") : "");

describe("installing", () => {
  it("adds to the crontab, keeps what was there, twice is once, and removing leaves it as it was", () => {
    const p = person();
    const before = "MAILTO=me\n# mine\n*/5 * * * * echo 100\\% sure\n";
    writeFileSync(p.tab, before);
    const first = install(p);
    expect(first.code, first.err).toBe(0);
    expect(first.out).toMatch(/every night at 23:00 for 8h, agent tuner, through cron\nnext: \w{3}\d+ 23:00\n$/);
    const once = readFileSync(p.tab, "utf8");
    expect(once.startsWith(before)).toBe(true);
    expect(once.slice(before.length)).toMatch(
      /^# nightyard [0-9a-f]{8} begin: .*\n0 23 \* \* \* \/bin\/sh '.*'\n# nightyard [0-9a-f]{8} end\n$/,
    );
    expect(install(p).code).toBe(0);
    expect(readFileSync(p.tab, "utf8")).toBe(once);
    expect(nightyard(p, "schedule", "--at", "1:30", "--for", "2h", "--via", "cron").code).toBe(0);
    expect(readFileSync(p.tab, "utf8")).toBe(once.replace("0 23 * * *", "30 1 * * *"));
    const backups = readdirSync(p.stateDir).filter((name) => name.endsWith(".bak"));
    expect(backups.map((name) => readFileSync(join(p.stateDir, name), "utf8"))).toEqual([before, once]);
    expect(nightyard(p, "schedule", "list").out).toMatch(/at 01:30 for 2h.*\ninstalled: yes\nnext: \w+ 01:30\n$/);
    expect(nightyard(p, "schedule", "remove", "--dry-run").out).toContain("would remove");
    expect(readFileSync(p.tab, "utf8")).not.toBe(before);
    expect(nightyard(p, "schedule", "remove").code).toBe(0);
    expect(readFileSync(p.tab, "utf8")).toBe(before);
    expect(existsSync(join(p.stateDir, "schedule.sh"))).toBe(false);
    expect(nightyard(p, "schedule", "list").out).toContain("nothing is scheduled");
    const empty = scheduleListJson.parse(JSON.parse(nightyard(p, "schedule", "list", "--json").out));
    expect(empty).toMatchObject({ installed: false, nights: [] });
  });

  it("prints with --dry-run exactly what it would install, and changes nothing", () => {
    const p = person();
    const dry = install(p, "--dry-run");
    expect(dry.code).toBe(0);
    expect(existsSync(p.stateDir)).toBe(false);
    expect(existsSync(p.tab)).toBe(false);
    expect(install(p).code).toBe(0);
    const script = readFileSync(join(p.stateDir, "schedule.sh"), "utf8");
    const tab = readFileSync(p.tab, "utf8");
    expect(dry.out).toBe(`# ${join(p.stateDir, "schedule.sh")}\n${script}\n# into your crontab\n${tab}`);
    const units = nightyard(p, "schedule", "--at", "23:00", "--for", "8h", "--via", "systemd", "--dry-run");
    expect(units.out).toContain("# then: systemctl --user enable --now nightyard-");
  });

  it("writes over nothing that it cannot read or does not know", () => {
    const p = person();
    writeFileSync(p.tab, "0 1 * * * mine\n");
    writeFileSync(join(p.home, "broken"), "");
    const unreadable = install(p);
    expect(unreadable.code).toBe(2);
    expect(unreadable.err).toContain("cannot open the spool; nothing was changed");
    expect(readFileSync(p.tab, "utf8")).toBe("0 1 * * * mine\n");
    execFileSync("rm", [join(p.home, "broken")]);
    expect(install(p).code).toBe(0);
    const changed = readFileSync(p.tab, "utf8").replace(/(0 23 .*)/, "$1\n5 5 * * * by-hand");
    writeFileSync(p.tab, changed);
    const refused = install(p);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("changed by hand");
    expect(readFileSync(p.tab, "utf8")).toBe(changed);
    expect(nightyard(p, "schedule", "list").out).toContain("installed: NO");
  });

  it("explains what it expected", () => {
    const p = person();
    expect(nightyard(p, "schedule", "--at", "25:00", "--for", "8h").err).toContain(
      "expected a time of day such as 23:00",
    );
    expect(nightyard(p, "schedule", "--at", "23:00").err).toContain("--for");
    expect(install(p, "--agent", "nobody").code).not.toBe(0);
    expect(nightyard(p, "schedule", "--at", "23:00", "--for", "8h", "--via", "anacron").err).toContain(
      "cron, systemd, launchd",
    );
    expect(existsSync(p.tab)).toBe(false);
  });
});

describe("a night", () => {
  it("begins from next to no environment, is recorded, and does not begin twice", () => {
    const p = person(["5"]);
    const at = ["--at", nowAt(), "--for", "8h", "--via", "cron", "--agent", p.agent, "--tag-prefix", "night-"];
    expect(nightyard(p, "schedule", ...at).code).toBe(0);
    const log = () => readFileSync(join(p.stateDir, "schedule.log"), "utf8");
    expect(knock(p), existsSync(join(p.stateDir, "schedule.log")) ? log() : "").toBe(0);
    expect(nightsOf(p)).toMatchObject([
      { state: "begun", exitCode: 0, tag: expect.stringMatching(/^night-\w{3}\d+$/) },
    ]);
    expect(log()).toContain("1 kept");
    expect(told(p)).toContain('"kind":"digest"');
    expect(nightyard(p, "schedule", "list").out).toMatch(/begun: \w+ \d\d:\d\d, session night-\w+, exit code 0/);
    expect(knock(p)).toBe(1);
    expect(log()).toContain("it was begun already");
    expect(nightsOf(p)).toMatchObject([{ state: "begun", exitCode: 0 }]);
    const list = scheduleListJson.parse(JSON.parse(nightyard(p, "schedule", "list", "--json").out));
    expect(list).toMatchObject({ lab: p.lab, installed: true, plan: { tagPrefix: "night-", seconds: 28_800 } });
  });

  it("does not begin beside a running session: it is said, recorded, and in that session's digest", async () => {
    const p = person();
    const at = ["--at", nowAt(), "--for", "8h", "--via", "cron", "--agent", p.agent];
    expect(nightyard(p, "schedule", ...at).code).toBe(0);
    const go = join(p.home, "go");
    const waits = `command:while [ ! -e '${go}' ]; do sleep 0.1; done; exit 9`;
    const words = ["run", ".", "--tag", "day", "--agent", waits, "--agent-pauses", "0", "--no-sandbox"];
    const session = spawn(process.execPath, [BIN, ...words], { cwd: p.lab, env: p.env, stdio: "ignore" });
    while (runningHolder(p.stateDir)?.tag !== "day") await delay(20);
    expect(knock(p)).toBe(1);
    const [night] = nightsOf(p);
    expect(night).toMatchObject({
      state: "overlap",
      detail: expect.stringMatching(/^process \d+ runs session day since/),
    });
    expect(readFileSync(join(p.stateDir, "schedule.log"), "utf8")).toContain("not begun: ");
    writeFileSync(go, "");
    await new Promise((resolve) => session.on("close", resolve));
    expect(told(p)).toContain("not begun: ");
    expect(nightsOf(p)).toMatchObject([{ state: "overlap", told: true }]);
  });

  it("that was missed is in the list and in the next digest, once", () => {
    const p = person(["5"]);
    expect(install(p, "--agent", p.agent).code).toBe(0);
    const { plan, ...rest } = readSchedule(p.stateDir);
    if (plan === undefined) throw new Error("no plan");
    const ago = new Date(Date.now() - 3 * 86_400_000).toISOString();
    writeSchedule(p.stateDir, { ...rest, plan: { ...plan, installedAt: ago } });
    const missed = /missed: \w{3}\d+ 23:00 \(machine off\?\)/g;
    expect(nightyard(p, "schedule", "list").out.match(missed)?.length).toBeGreaterThanOrEqual(2);
    const run = ["run", ".", "--tag", "t", "--agent", p.agent, "--confirm-runs", "0"];
    expect(nightyard(p, ...run).code).toBe(0);
    expect(told(p).match(missed)?.length).toBeGreaterThanOrEqual(2);
    const count = told(p).match(missed)?.length;
    nightyard(p, "run", ".", "--tag", "t2", "--agent", p.agent, "--confirm-runs", "0");
    expect(told(p).match(missed)?.length).toBe(count);
  });

  it("hours late is not begun, and an agent that is missing calls for the person", () => {
    const p = person();
    const late = new Date(Date.now() - 3 * 3_600_000);
    const at = [late.getHours(), late.getMinutes()].map((x) => String(x).padStart(2, "0")).join(":");
    expect(nightyard(p, "schedule", "--at", at, "--for", "8h", "--via", "cron", "--agent", p.agent).code).toBe(0);
    expect(knock(p)).toBe(1);
    expect(nightsOf(p)).toMatchObject([{ state: "late", detail: expect.stringMatching(/^started 3 h \d+ m late$/) }]);
    const schedule = readSchedule(p.stateDir);
    if (schedule.plan === undefined) throw new Error("no plan");
    writeSchedule(p.stateDir, { ...schedule, nights: [], plan: { ...schedule.plan, at: nowAt(), agent: "codex" } });
    expect(knock(p)).toBe(4);
    expect(nightsOf(p)).toMatchObject([{ state: "failed", detail: expect.stringContaining("not installed") }]);
    expect(told(p)).toContain('"kind":"needs-you"');
  });
});
