/**
 * Notifications of whole sessions, by the command as it ships: what is sent at the end, what calls for a person, and
 * what a dead process leaves to the next command.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { closeNews, noticeEvent, openNews } from "../src/cli/notify-sitting.ts";
import { notifyFlushJson, notifyListJson, notifyTestJson } from "../src/cli/unattended-json.ts";
import { type Notification, notificationSchema } from "../src/notify/notification.ts";
import { waitingIn } from "../src/notify/outbox.ts";
import { openWorkspace } from "../src/workspace.ts";
import { makeRepo, removeTemps, TOY_FILES, tempDir } from "./support/repo.ts";

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(removeTemps);

/** A receiver that answers with these statuses, the last one again and again; 0: never. */
async function receiver(...statuses: readonly number[]) {
  const heard: Notification[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    heard.push(notificationSchema.parse(JSON.parse(Buffer.concat(chunks).toString())));
    const status = statuses[Math.min(heard.length, statuses.length) - 1] ?? 200;
    if (status !== 0) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { heard, hook: `{ kind: webhook, url: '${url}', secret: $HOOK_SECRET }` };
}

/** A lab, a scripted agent, and an environment in which a person has these channels. */
function person(values: readonly string[], channels: string) {
  const home = tempDir();
  const config = join(home, "notify.yaml");
  writeFileSync(config, channels);
  const script = join(home, "steps.json");
  const steps = values.map((text) => ({ edits: [{ write: "value.txt", text }], hypothesis: `try ${text}` }));
  writeFileSync(script, JSON.stringify(steps));
  const lab = makeRepo(TOY_FILES);
  // Without the agents that this machine may have.
  const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
  const env = { PATH, HOME: home, NIGHTYARD_NOTIFY: config, NIGHTYARD_SANDBOX: "auto", HOOK_SECRET: "sesame" };
  return { lab, env, config, agent: `scripted:${script}`, stateDir: join(lab, ".nightyard") };
}

type Person = ReturnType<typeof person>;

async function nightyard(p: Person, ...args: readonly string[]) {
  const child = start(p, ...args);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

function start(p: Person, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { cwd: p.lab, env: p.env, stdio: ["ignore", "pipe", "pipe"] });
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await delay(20);
}

const RUN = ["run", ".", "--tag", "t", "--confirm-runs", "0"] as const;

describe("the digest", () => {
  it("comes at the end of a sitting, with headline, trust line and where the report is", async () => {
    const { heard, hook } = await receiver(200);
    const p = person(["5", "20"], `channels: { hook: ${hook} }`);
    const { code, err } = await nightyard(p, ...RUN, "--agent", p.agent);
    expect(code, err).toBe(0);
    expect(heard.map((n) => n.kind)).toEqual(["digest"]);
    const [digest] = heard;
    expect(digest?.title).toMatch(/^nightyard night yard-\w+ t: 1 kept/);
    expect(digest?.text).toMatch(/^\d experiments in .*: score 10, no gain confirmed yet, 1 kept/);
    expect(digest?.text).toContain("no integrity event");
    expect(digest?.text).toContain("exit code 0");
    expect(existsSync(digest?.report ?? "")).toBe(true);
    expect(waitingIn(p.stateDir)).toEqual([]);
  });

  it("waits when nobody takes it, harms nothing, and goes at a later command with the same id", async () => {
    const { heard, hook } = await receiver(500, 200);
    const p = person(["5"], `channels: { hook: ${hook} }`);
    const run = await nightyard(p, ...RUN, "--agent", p.agent);
    expect(run.code).toBe(0);
    expect(run.err).toContain("! notify hook: HTTP 500; it is kept and tried again");
    const list = notifyListJson.parse(JSON.parse((await nightyard(p, "notify", "list", "--json")).out));
    expect(list.waiting).toMatchObject([{ channel: "hook", id: heard[0]?.id, tries: 1, why: "HTTP 500" }]);
    expect(heard).toHaveLength(1);
    makeDue(p);
    expect((await nightyard(p, "status")).code).toBe(0);
    expect(heard.map((n) => n.id)).toEqual([heard[0]?.id, heard[0]?.id]);
    expect(waitingIn(p.stateDir)).toEqual([]);
    expect((await nightyard(p, "notify", "flush")).out).toBe("nothing waits\n");
  });

  it("survives kill -9 while it is being sent: the next flush sends it with the same id", async () => {
    const { heard, hook } = await receiver(0, 200);
    const p = person(["5"], `channels: { hook: ${hook} }`);
    const victim = start(p, ...RUN, "--agent", p.agent);
    await until(() => heard.length > 0);
    victim.kill("SIGKILL");
    await new Promise((resolve) => victim.on("close", resolve));
    expect(waitingIn(p.stateDir)).toMatchObject([{ tries: 0, notification: { id: heard[0]?.id } }]);
    const flushed = await nightyard(p, "notify", "flush", "--json");
    expect(flushed.code).toBe(0);
    const sent = [{ channel: "hook", id: heard[0]?.id }];
    expect(notifyFlushJson.parse(JSON.parse(flushed.out))).toEqual({ version: 1, sent, failed: [], dropped: [] });
    expect(heard.map((n) => n.id)).toEqual([heard[0]?.id, heard[0]?.id]);
    expect(waitingIn(p.stateDir)).toEqual([]);
  });
});

/** As if the pause were over. */
function makeDue(p: Person): void {
  const folder = join(p.stateDir, "outbox");
  for (const name of readdirSync(folder).filter((n) => n.endsWith(".json"))) {
    const waiting = JSON.parse(readFileSync(join(folder, name), "utf8"));
    writeFileSync(join(folder, name), JSON.stringify({ ...waiting, nextAt: new Date(0).toISOString() }));
  }
}

describe("needs you", () => {
  it("comes when the agent fails again and again, once, and the digest after it", async () => {
    const { heard, hook } = await receiver(200);
    const p = person([], `channels: { hook: ${hook} }`);
    const { code } = await nightyard(p, ...RUN, "--agent", "command:exit 9", "--agent-pauses", "0");
    expect(code).toBe(4);
    expect(heard.map((n) => n.kind)).toEqual(["needs-you", "digest"]);
    expect(heard[0]?.title).toContain("needs you");
    expect(heard[1]?.text).toContain("exit code 4");
  });

  it("comes when a session cannot begin because the agent is missing", async () => {
    const { heard, hook } = await receiver(200);
    const p = person([], `channels: { hook: ${hook} }`);
    await nightyard(p, "note", "so that there is a state folder");
    const { code, err } = await nightyard(p, ...RUN, "--agent", "codex");
    expect(code, err).toBe(4);
    expect(heard.map((n) => n.kind)).toEqual(["needs-you"]);
    expect(heard[0]?.text).toContain("npm install");
  });

  it("tells a breach once and a flood of them ten times", async () => {
    const out = join(tempDir(), "said");
    const p = person([], `channels: { c: { kind: command, run: 'cat >> "${out}"' } }`);
    const ws = await openWorkspace(p.lab);
    const before = process.env.NIGHTYARD_NOTIFY;
    process.env.NIGHTYARD_NOTIFY = p.config;
    const news = await openNews(ws, "t", () => undefined);
    process.env.NIGHTYARD_NOTIFY = before;
    const entry = (seq: number, what: string) => {
      const event = { type: "integrity" as const, experiment: 7, what, detail: "why \u001b[31mred" };
      noticeEvent(news, { seq, at: new Date().toISOString(), clock: seq, session: "t", event });
    };
    for (let i = 0; i < 3; i += 1) entry(i, "frozen file changed");
    for (let i = 3; i < 30; i += 1) entry(i, `breach ${i}`);
    while (news.notifier.sending !== undefined) await news.notifier.sending;
    await closeNews(news);
    const said = readFileSync(out, "utf8")
      .trim()
      .split("\n")
      .map((line) => notificationSchema.parse(JSON.parse(line)));
    expect(said).toHaveLength(10);
    expect(said.filter((n) => n.text.includes("frozen file changed"))).toHaveLength(1);
    expect(said[0]?.text).toContain("integrity: frozen file changed in experiment 7: why red");
  });
});

describe("the notify commands", () => {
  it("test says per channel what happened, and fails when one failed", async () => {
    const { heard, hook } = await receiver(200);
    const p = person([], `channels: { hook: ${hook}, bad: { kind: command, run: 'exit 3' } }`);
    const tested = await nightyard(p, "notify", "test");
    expect(tested.code).toBe(1);
    expect(tested.out).toMatch(/^hook +webhook +sent$/m);
    expect(tested.out).toMatch(/^bad +command +FAILED: exit code 3/m);
    expect(heard.map((n) => n.kind)).toEqual(["test"]);
    const one = await nightyard(p, "notify", "test", "--channel", "hook", "--json");
    expect(one.code).toBe(0);
    expect(notifyTestJson.parse(JSON.parse(one.out)).results).toEqual([
      { channel: "hook", kind: "webhook", sent: true },
    ]);
    const unknown = await nightyard(p, "notify", "test", "--channel", "x");
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain("expected one of hook, bad");
  });

  it("works without a lab, and says where a configuration would be", async () => {
    const p = person([], "channels: { bad: { kind: slack, url: $NO_SUCH } }");
    const elsewhere = { ...p, lab: tempDir() };
    const list = await nightyard(elsewhere, "notify", "list");
    expect(list.out).toMatch(/^bad +slack +digest, needs-you +NOT SET: \$NO_SUCH$/m);
    const none = spawnSync(process.execPath, [BIN, "notify", "test"], {
      cwd: elsewhere.lab,
      env: { PATH: p.env.PATH, HOME: p.env.HOME },
      encoding: "utf8",
    });
    expect(none.status).toBe(2);
    expect(none.stderr).toContain(join(p.env.HOME, ".config/nightyard/notify.yaml"));
  });

  it("names a fault with its line; a run says it too and goes on", async () => {
    const p = person(["5"], "channels:\n  phone: { kind: ntfy }\n");
    const tested = await nightyard(p, "notify", "test");
    expect(tested.code).toBe(2);
    expect(tested.err).toContain(`${p.config}:2: channels.phone.topic: found nothing; expected a topic`);
    const run = await nightyard(p, ...RUN, "--agent", p.agent);
    expect(run.code).toBe(0);
    expect(run.err).toContain("! nobody is notified:");
  });
});
