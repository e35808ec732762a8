/**
 * Notifications against real servers on 127.0.0.1, real processes and a real outbox: what is sent, what waits, what is
 * never in a file or a message.
 */
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Channel, readConfig } from "../src/notify/config.ts";
import { loadChannels } from "../src/notify/config-file.ts";
import { deliver } from "../src/notify/deliver.ts";
import { type Notification, notificationOf } from "../src/notify/notification.ts";
import { enqueue, isStale, MAX_AGE_MS, MAX_WAITING, PAUSES_MS, postpone, waitingIn } from "../src/notify/outbox.ts";
import { closeNotifier, openNotifier, pass, postNotification } from "../src/notify.ts";
import { formatProblem } from "../src/program/problem.ts";
import { makeRepo, removeTemps, sh, tempDir, writeFiles } from "./support/repo.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(removeTemps);

interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that answers with these statuses, the last one again and again; 0: never. */
async function receiver(...statuses: readonly number[]) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    heard.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
    const status = statuses[Math.min(heard.length, statuses.length) - 1] ?? 200;
    if (status === 0) return;
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : { "retry-after": "120" });
    response.end(status < 300 ? "ok" : "out of \u001b[31morder");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

const AT = "2026-11-24T06:00:00.000Z";

function digest(about = "1", lines: readonly string[] = ["87 experiments", "noise ±0.1"]): Notification {
  const report = "/home/me/my lab/.nightyard/sessions/nov24/report.html";
  const lab = "/home/me/my lab";
  return notificationOf({ kind: "digest", at: AT, lab, session: "nov24", about, title: "6 kept", lines, report });
}

function channels(yaml: string): readonly Channel[] {
  const config = readConfig(yaml, "notify.yaml");
  if (!config.ok) throw new Error(config.problems.map(formatProblem).join("\n"));
  return config.channels;
}

function channel(yaml: string): Channel {
  const [only] = channels(`channels: { it: ${yaml} }`);
  if (only === undefined) throw new Error("no channel");
  return only;
}

function send(to: Channel, env: NodeJS.ProcessEnv = {}, n = digest()) {
  return deliver(to, {
    notification: n,
    env: { PATH: process.env.PATH, ...env },
    signal: new AbortController().signal,
  });
}

function faults(yaml: string): readonly string[] {
  const config = readConfig(yaml, "notify.yaml");
  return config.ok ? [] : config.problems.map(formatProblem);
}

describe("a notification", () => {
  it("has an id that is a function of what it tells of", () => {
    expect(digest("7").id).toBe(digest("7", ["other words"]).id);
    expect(digest("7").id).not.toBe(digest("8").id);
    expect(digest("7").id).toMatch(/^digest-[0-9a-f]{20}$/);
  });

  it("cleans and bounds text, whoever wrote it", () => {
    const hostile = `\u001b[2Jred\u202e \u0007${"x".repeat(5000)}`;
    const n = notificationOf({ kind: "digest", at: AT, lab: "/l", about: "1", title: hostile, lines: [hostile] });
    expect(n.title.length).toBeLessThanOrEqual(120);
    expect(n.text.length).toBeLessThanOrEqual(1500);
    expect(n.title + n.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe("the configuration", () => {
  it("names line, field and fix of every fault", () => {
    const yaml = [
      "channels:",
      "  phone: { kind: ntfi, topic: a }",
      "  hook: { kind: webhook, url: 'ftp://x', secret: $S }",
      "  mail:",
      "    kind: email",
      "    host: h",
      "    from: nobody",
      "    to: a@b",
      "    colour: red",
      "  chat: { kind: slack, url: 'https://hooks.slack.com/services/T/B/secret' }",
    ].join("\n");
    const found = faults(yaml);
    expect(found[0]).toMatch(/^notify.yaml:2: channels.phone.kind: found "ntfi"; expected one of .*Fix: kind: ntfy$/);
    expect(found.find((f) => f.startsWith("notify.yaml:3: channels.hook.url"))).toContain("http or https");
    expect(found.find((f) => f.startsWith("notify.yaml:7: channels.mail.from"))).toContain('found "nobody"');
    expect(found.find((f) => f.startsWith("notify.yaml:9: channels.mail.colour"))).toContain("one of the fields");
    expect(found.find((f) => f.startsWith("notify.yaml:10: channels.chat.url"))).toContain("$SLACK_WEBHOOK");
    expect(found.join("\n")).not.toContain("hooks.slack.com");
  });

  it("takes no secret that stands in the file, and does not repeat it", () => {
    const [fault = ""] = faults("channels: { hook: { kind: webhook, url: 'https://h', secret: hunter2 } }");
    expect(fault).toContain("secrets do not stand in this file");
    expect(fault).not.toContain("hunter2");
    expect(
      faults(
        "channels: { m: { kind: email, host: mx.example.org, from: a@b, to: a@b, user: $U, password: $P, tls: none } }",
      )[0],
    ).toContain("readable on the way");
  });

  it("refuses what is no configuration", () => {
    expect(faults("")[0]).toContain("channels");
    expect(faults("channels: [")[0]).toContain("notify.yaml:1: file");
    expect(faults("channels: { Phone: { kind: desktop } }")[0]).toContain("small letters");
    expect(faults("channels: { a: { kind: command, run: x, timeout: 5m } }")[0]).toContain("at most 60s");
    expect(faults("channels: { a: &x { kind: desktop }, b: *x }")[0]).toContain("notify.yaml:1");
  });

  it("is looked for in three places, and refused where it came with the repository", async () => {
    const lab = makeRepo({ "a.txt": "a" });
    const home = tempDir();
    const stateDir = join(lab, ".nightyard");
    const env = { HOME: home };
    expect(await loadChannels(stateDir, env)).toEqual({ channels: [] });
    writeFiles(home, { ".config/nightyard/notify.yaml": "channels: { own: { kind: desktop } }" });
    expect((await loadChannels(stateDir, env)).channels[0]?.name).toBe("own");
    writeFiles(lab, { ".nightyard/notify.yaml": "channels: { lab: { kind: desktop } }" });
    expect((await loadChannels(stateDir, env)).channels[0]?.name).toBe("lab");
    const file = join(home, "other.yaml");
    writeFileSync(file, "channels: { named: { kind: desktop } }");
    expect((await loadChannels(stateDir, { ...env, NIGHTYARD_NOTIFY: file })).channels[0]?.name).toBe("named");
    await expect(loadChannels(stateDir, { NIGHTYARD_NOTIFY: join(home, "none") })).rejects.toThrow("found nothing at");
    sh(lab, "add", "-f", ".nightyard/notify.yaml");
    await expect(loadChannels(stateDir, env)).rejects.toThrow("part of the repository");
  });
});

describe("ntfy", () => {
  it("gets title, message, priority and tags as JSON, and the token in a header", async () => {
    const { url, heard } = await receiver(200);
    const to = channel(`{ kind: ntfy, server: '${url}', topic: $TOPIC, token: $TOKEN }`);
    expect(await send(to, { TOPIC: "night", TOKEN: "tk_1" })).toEqual({ kind: "sent" });
    const n = digest();
    expect(JSON.parse(heard[0]?.body ?? "")).toEqual({
      topic: "night",
      title: "nightyard my lab nov24: 6 kept",
      message: `87 experiments\nnoise ±0.1\nreport: ${n.report}`,
      priority: 3,
      tags: ["newspaper", n.id],
    });
    expect(heard[0]?.headers.authorization).toBe("Bearer tk_1");
    expect(await send(to, { TOPIC: "night" })).toEqual({
      kind: "refused",
      why: "$TOKEN is not set in the environment",
    });
    expect(heard).toHaveLength(1);
  });
});

describe("a webhook", () => {
  it("can be verified as the documentation says", async () => {
    const { url, heard } = await receiver(204);
    expect(await send(channel(`{ kind: webhook, url: '${url}/x', secret: $S }`), { S: "sesame" })).toEqual({
      kind: "sent",
    });
    const { headers, body } = heard[0] as Heard;
    const signature = String(headers["x-nightyard-signature"]);
    const [, t = "", v1 = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    expect(createHmac("sha256", "sesame").update(`${t}.${body}`).digest("hex")).toBe(v1);
    expect(Math.abs(Number(t) - Date.now() / 1000)).toBeLessThan(600);
    expect(headers["x-nightyard-id"]).toBe(digest().id);
    expect(JSON.parse(body)).toEqual(digest());
  });

  it("says what happened: a fault, a refusal, a redirect, nobody there", async () => {
    const to = (url: string) => channel(`{ kind: webhook, url: '${url}', secret: $S }`);
    const env = { S: "sesame" };
    const fault = await send(to((await receiver(503)).url), env);
    expect(fault).toEqual({ kind: "down", why: "HTTP 503: out of order", retryAfterMs: 120_000 });
    expect(await send(to((await receiver(410)).url), env)).toEqual({ kind: "refused", why: "HTTP 410: out of order" });
    const moved = await receiver(302);
    expect(await send(to(moved.url), env)).toMatchObject({
      kind: "refused",
      why: expect.stringContaining("redirects"),
    });
    expect(moved.heard).toHaveLength(1);
    const gone = await receiver(200);
    await closing.pop()?.();
    expect(await send(to(gone.url), env)).toMatchObject({ kind: "down", why: expect.stringContaining("ECONNREFUSED") });
  });

  it("does not wait for a server that is silent once the command ends", async () => {
    const { url, heard } = await receiver(0);
    const stop = new AbortController();
    const sending = deliver(channel(`{ kind: webhook, url: '${url}', secret: $S }`), {
      notification: digest(),
      env: { S: "s" },
      signal: stop.signal,
    });
    while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await sending).toEqual({ kind: "down", why: "no answer before the end of the command" });
  });
});

describe("Slack", () => {
  it("gets plain text, in which nobody can be called and nothing is a link", async () => {
    const { url, heard } = await receiver(200);
    const n = notificationOf({
      kind: "needs-you",
      at: AT,
      about: "1",
      title: "<!channel> & co",
      lines: ["*bold* <@U1>"],
    });
    expect(await send(channel("{ kind: slack, url: $SLACK }"), { SLACK: url }, n)).toEqual({ kind: "sent" });
    const body = JSON.parse(heard[0]?.body ?? "");
    expect(body.text).toBe("nightyard: &lt;!channel&gt; &amp; co");
    const texts = body.blocks.flatMap((b: { text?: object; elements?: object[] }) => b.elements ?? [b.text]);
    expect(texts.map((t: { type: string }) => t.type)).toEqual(["plain_text", "plain_text", "plain_text"]);
    expect(texts[1].text).toBe("*bold* <@U1>");
  });
});

/** As much of SMTP as a client needs, without encryption: one message at a time, an answer to DATA on demand. */
async function smtp(answer = "250 taken") {
  const mails: string[] = [];
  const logins: string[] = [];
  const server = createTcpServer((socket) => {
    let data: string | undefined;
    let rest = "";
    const line = (text: string) => {
      if (data !== undefined) {
        if (text !== ".") data += `${text}\n`;
        else {
          mails.push(data);
          data = undefined;
          socket.write(`${answer}\r\n`);
        }
      } else if (/^EHLO/i.test(text)) socket.write("250-me\r\n250 AUTH PLAIN\r\n");
      else if (/^AUTH PLAIN/i.test(text)) {
        logins.push(Buffer.from(text.split(" ")[2] ?? "", "base64").toString());
        socket.write("235 welcome\r\n");
      } else if (/^DATA/i.test(text)) {
        data = "";
        socket.write("354 go on\r\n");
      } else if (/^STARTTLS/i.test(text)) socket.write("502 no\r\n");
      else if (/^QUIT/i.test(text)) socket.end("221 bye\r\n");
      else socket.write("250 fine\r\n");
    };
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString()).split("\r\n");
      rest = lines.pop() ?? "";
      for (const text of lines) line(text);
    });
    socket.write("220 me\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { port: (server.address() as AddressInfo).port, mails, logins };
}

describe("e-mail", () => {
  it("is sent as plain text with an id of its own, name and password from the environment", async () => {
    const { port, mails, logins } = await smtp();
    const to = channel(
      `{ kind: email, host: 127.0.0.1, port: ${port}, from: n@x.org, to: [me@x.org], user: $U, password: $P }`,
    );
    expect(await send(to, { U: "me", P: "word" })).toEqual({ kind: "sent" });
    expect(logins).toEqual(["\u0000me\u0000word"]);
    expect(mails[0]).toContain(`Message-ID: <${digest().id}@nightyard.invalid>`);
    expect(mails[0]).toContain("To: me@x.org");
    expect(mails[0]).toMatch(/^Content-Type: text\/plain/m);
    expect(mails[0]).toContain("87 experiments");
    expect(await send(to, { U: "me" })).toEqual({ kind: "refused", why: "$P is not set in the environment" });
  });

  it("tells a server that will not from one that cannot now, and lets no header be smuggled in", async () => {
    const text = (port: number) =>
      channel(`{ kind: email, host: 127.0.0.1, port: ${port}, from: n@x.org, to: me@x.org }`);
    expect(await send(text((await smtp("550 no such user")).port))).toMatchObject({ kind: "refused" });
    expect(await send(text((await smtp("451 later")).port))).toMatchObject({ kind: "down", why: "451 later" });
    const { port, mails } = await smtp();
    const title = "hello\r\nBcc: all@x.org";
    await send(text(port), {}, notificationOf({ kind: "digest", at: AT, about: "1", title, lines: ["."] }));
    expect(mails[0]).not.toMatch(/^Bcc:/m);
  });

  it("cuts the connection to a server that is silent once the command ends", async () => {
    const open = new Set<string>();
    let cut = () => {};
    const gone = new Promise<void>((resolve) => {
      cut = resolve;
    });
    const server = createTcpServer((socket) => {
      open.add("connected");
      socket.on("error", () => undefined);
      socket.on("close", cut);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    const to = channel(`{ kind: email, host: 127.0.0.1, port: ${port}, from: n@x.org, to: me@x.org }`);
    const stop = new AbortController();
    const sending = deliver(to, { notification: digest(), env: {}, signal: stop.signal });
    while (open.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await sending).toEqual({ kind: "down", why: "no answer before the end of the command" });
    await gone;
  });

  it("asks for encryption anywhere but on this machine", async () => {
    const { port, mails } = await smtp();
    const to = channel(`{ kind: email, host: 127.0.0.1, port: ${port}, from: n@x.org, to: me@x.org, tls: required }`);
    expect((await send(to)).kind).not.toBe("sent");
    expect(mails).toEqual([]);
  });
});

/** A folder for PATH with one program in it. */
function programs(name: string, script: string): string {
  const dir = tempDir();
  writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, name), 0o755);
  return dir;
}

describe("the desktop", () => {
  it("calls notify-send with words that are neither options nor markup", async () => {
    const out = join(tempDir(), "said");
    const dir = programs("notify-send", `printf '%s\\n' "$@" > '${out}'`);
    const n = notificationOf({ kind: "needs-you", at: AT, about: "1", title: "look", lines: ["<b>a</b> & b"] });
    expect(await send(channel("{ kind: desktop }"), { PATH: `${dir}:/usr/bin:/bin` }, n)).toEqual({ kind: "sent" });
    expect(readFileSync(out, "utf8").split("\n")).toEqual([
      "--app-name=nightyard",
      "--urgency=critical",
      "--",
      "nightyard: look",
      "&lt;b&gt;a&lt;/b&gt; &amp; b",
      "",
    ]);
  });

  it("says so where there is none", async () => {
    const nowhere = await send(channel("{ kind: desktop }"), { PATH: tempDir() });
    expect(nowhere).toEqual({ kind: "refused", why: "neither notify-send nor osascript is on PATH" });
  });

  it("gives osascript its words as arguments", async () => {
    const out = join(tempDir(), "said");
    const dir = programs("osascript", `for w in "$@"; do last=$w; done; printf '%s' "$last" > '${out}'`);
    const n = notificationOf({ kind: "digest", at: AT, about: "1", title: "t", lines: ['" & (do shell script "x")'] });
    // Only osascript is on this PATH: /bin/sh is started by its own path.
    expect(await send(channel("{ kind: desktop }"), { PATH: dir }, n)).toEqual({ kind: "sent" });
    expect(readFileSync(out, "utf8")).toBe('" & (do shell script "x")');
  });
});

describe("a command", () => {
  it("gets the notification as JSON on standard input", async () => {
    const out = join(tempDir(), "said");
    const to = channel(`{ kind: command, run: [sh, -c, 'cat > "$0"', '${out}'] }`);
    expect(await send(to)).toEqual({ kind: "sent" });
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(digest());
  });

  it("is ended when it takes too long, with what it started, and its failure is said", async () => {
    const dir = tempDir();
    const slow = channel(
      `{ kind: command, run: [sh, -c, 'sleep 600 & echo $! > "$0"; wait', '${dir}/pid'], timeout: 0.3s }`,
    );
    expect(await send(slow)).toEqual({ kind: "down", why: "it did not end within 0.3 s" });
    const pid = readFileSync(join(dir, "pid"), "utf8").trim();
    // Gone, or dead and not yet collected by whoever adopted it.
    expect(spawnSync("ps", ["-o", "stat=", "-p", pid], { encoding: "utf8" }).stdout).toMatch(/^(Z.*)?\s*$/);
    const failing = await send(channel("{ kind: command, run: 'echo no luck >&2; exit 3' }"));
    expect(failing).toEqual({ kind: "down", why: "exit code 3: no luck" });
  });
});

describe("the outbox", () => {
  const now = Date.parse(AT);

  it("holds a file per notification and channel, without a secret, and the same thing once", () => {
    const dir = tempDir();
    enqueue(dir, digest(), "phone", now);
    enqueue(dir, digest(), "phone", now);
    enqueue(dir, digest(), "mail", now);
    expect(
      waitingIn(dir)
        .map((w) => w.channel)
        .sort(),
    ).toEqual(["mail", "phone"]);
    expect(readdirSync(join(dir, "outbox")).every((name) => name.endsWith(".json"))).toBe(true);
  });

  it("lets pauses grow, and keeps to what a server asks for", () => {
    const dir = tempDir();
    enqueue(dir, digest(), "phone", now);
    let [waiting] = waitingIn(dir);
    for (const pause of [...PAUSES_MS, PAUSES_MS.at(-1) ?? 0]) {
      if (waiting === undefined) throw new Error("gone");
      waiting = postpone(dir, waiting, "down", now);
      expect(Date.parse(waiting.nextAt) - now).toBe(pause);
    }
    expect(waitingIn(dir)).toEqual([waiting]);
    if (waiting !== undefined)
      expect(Date.parse(postpone(dir, { ...waiting, tries: 0 }, "x", now, 60_000).nextAt) - now).toBe(60_000);
  });

  it("is bounded in count and age, and the oldest make room", async () => {
    const dir = tempDir();
    for (let i = 0; i < MAX_WAITING + 3; i += 1) enqueue(dir, digest(`${i}`), "phone", now + i);
    const waiting = waitingIn(dir);
    expect(waiting).toHaveLength(MAX_WAITING);
    expect(waiting[0]?.notification.id).toBe(digest("3").id);
    expect(waiting.map((w) => isStale(w, now + MAX_AGE_MS + 1)).filter(Boolean)).toHaveLength(0);
    expect(isStale(waiting[0] as never, now + MAX_AGE_MS + 10)).toBe(true);
    const passed = await pass({
      stateDir: dir,
      channels: [],
      env: {},
      signal: new AbortController().signal,
      all: true,
    });
    // AT lies in another time than this machine's: all of it is either too old or waits for a channel nobody has.
    expect(passed.dropped.length + passed.failed.length).toBe(MAX_WAITING);
    expect(passed.sent).toEqual([]);
  });

  it("sets a file aside that is no notification, and follows no name", () => {
    const dir = tempDir();
    enqueue(dir, digest(), "phone", now);
    const [name = ""] = readdirSync(join(dir, "outbox"));
    writeFileSync(join(dir, "outbox", name.replace("phone", "other")), readFileSync(join(dir, "outbox", name)));
    writeFileSync(join(dir, "outbox", name.replace("phone", "torn")), '{"version":1,');
    expect(waitingIn(dir)).toHaveLength(1);
    expect(readdirSync(join(dir, "outbox")).filter((n) => n.endsWith(".refused"))).toHaveLength(2);
  });
});

describe("sending by the side", () => {
  const hook = (url: string) => channels(`channels: { hook: { kind: webhook, url: '${url}', secret: $S } }`);
  const open = (stateDir: string, url: string, said: string[] = []) =>
    openNotifier({ stateDir, channels: hook(url), env: { S: "s" }, say: (text) => said.push(text) });

  it("sends what it is given and leaves nothing", async () => {
    const dir = tempDir();
    const { url, heard } = await receiver(200);
    const notifier = open(dir, url);
    postNotification(notifier, digest("1"));
    postNotification(notifier, digest("2"));
    expect(await closeNotifier(notifier, 5000)).toBe(0);
    expect(heard.map((h) => h.headers["x-nightyard-id"])).toEqual([digest("1").id, digest("2").id]);
  });

  it("keeps what a server with a fault did not take; the next pass sends it with the same id", async () => {
    const dir = tempDir();
    const { url, heard } = await receiver(500, 200);
    const said: string[] = [];
    const notifier = open(dir, url, said);
    postNotification(notifier, digest("1"));
    expect(await closeNotifier(notifier, 5000)).toBe(1);
    expect(said).toEqual(["! notify hook: HTTP 500: out of order; it is kept and tried again"]);
    expect(waitingIn(dir)[0]).toMatchObject({ tries: 1, why: "HTTP 500: out of order" });
    const again = { stateDir: dir, channels: hook(url), env: { S: "s" }, signal: new AbortController().signal };
    expect((await pass({ ...again, all: false })).sent).toHaveLength(0);
    expect((await pass({ ...again, all: true })).sent).toHaveLength(1);
    expect(heard.map((h) => h.headers["x-nightyard-id"])).toEqual([digest("1").id, digest("1").id]);
    expect(waitingIn(dir)).toEqual([]);
  });

  it("does not ask a channel again that has just failed, and complains once", async () => {
    const dir = tempDir();
    const { url, heard } = await receiver(500);
    for (const about of ["1", "2", "3"]) enqueue(dir, digest(about), "hook", Date.now());
    const said: string[] = [];
    const notifier = open(dir, url, said);
    expect(await closeNotifier(notifier, 5000)).toBe(3);
    expect(heard).toHaveLength(1);
    expect(said).toHaveLength(1);
  });

  it("ends while a server is silent: the notification stays", async () => {
    const dir = tempDir();
    const { url } = await receiver(0);
    const notifier = open(dir, url);
    postNotification(notifier, digest("1"));
    expect(await closeNotifier(notifier, 100)).toBe(1);
  });

  it("is not stopped by an outbox that cannot be written", async () => {
    const dir = tempDir();
    writeFileSync(join(dir, "outbox"), "a file where the folder should be");
    const said: string[] = [];
    const notifier = open(dir, "http://127.0.0.1:9", said);
    postNotification(notifier, digest("1"));
    expect(await closeNotifier(notifier, 1000)).toBe(0);
    expect(said[0]).toContain("could not be written down");
  });

  it("gives a channel only the kinds it asked for", async () => {
    const dir = tempDir();
    mkdirSync(dir, { recursive: true });
    const only = channels("channels: { a: { kind: desktop, send: [needs-you] } }");
    const notifier = openNotifier({ stateDir: dir, channels: only, env: {}, say: () => undefined });
    postNotification(notifier, digest("1"));
    expect(existsSync(join(dir, "outbox"))).toBe(false);
    await closeNotifier(notifier, 1000);
  });
});
