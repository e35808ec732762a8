/**
 * A scripted ACP agent by the agent side of the real SDK. The first argument says what it does in its one turn; the
 * lab's folder is what the client names. What it finds out, it says in its final message.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { agent, methods, ndJsonStream, PROTOCOL_VERSION } from "@agentclientprotocol/sdk/unstable";

const [, , mode, argument] = process.argv;
let dir = "";
const cancelled = new Promise((resolve) => {
  process.on("nightyard-cancel", resolve);
});

function speakerFor(client, sessionId) {
  const update = (body) => client.notify(methods.client.session.update, { sessionId, update: body });
  return {
    update,
    say: (text) => update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } }),
    tool: (kind, title, path) =>
      update({ sessionUpdate: "tool_call", toolCallId: title, title, kind, locations: path ? [{ path }] : [] }),
    write: (path, content) => client.request(methods.client.fs.writeTextFile, { sessionId, path, content }),
    read: (path, more = {}) => client.request(methods.client.fs.readTextFile, { sessionId, path, ...more }),
    ask: (kind, paths, options) =>
      client.request(methods.client.session.requestPermission, {
        sessionId,
        toolCall: {
          toolCallId: "t",
          title: `${kind} ${paths.join(",")}`,
          kind,
          locations: paths.map((path) => ({ path })),
        },
        options: options ?? [
          { optionId: "always", name: "Always", kind: "allow_always" },
          { optionId: "once", name: "Once", kind: "allow_once" },
          { optionId: "no", name: "No", kind: "reject_once" },
        ],
      }),
  };
}

const outcome = async (doing) => {
  try {
    const done = await doing;
    return done?.outcome?.optionId ?? done?.outcome?.outcome ?? done?.content ?? "done";
  } catch (error) {
    return `refused: ${error.message}`;
  }
};

const ACTS = {
  async own() {
    const file = join(dir, "train.ts");
    if (existsSync(file)) writeFileSync(file, readFileSync(file, "utf8").replace("1e-3", "2e-3"));
  },
  async client(s) {
    const path = join(dir, "train.ts");
    const { content } = await s.read(path);
    await s.say("I shall change it.\nHYPOTHESIS: not the last message");
    await s.tool("edit", "edit train.ts", path);
    await s.write(path, content.replace("1e-3", "2e-3"));
    await s.write(join(dir, "new", "file.ts"), "made\n");
  },
  async scope(s) {
    const results = [];
    for (const path of argument.split(","))
      results.push(await outcome(s.write(path.replace("DIR", dir), "taken over\n")));
    for (const path of ["/etc/passwd", join(dir, "..", "..", "beside.txt"), join(dir, "nothing.ts")]) {
      results.push(await outcome(s.read(path)));
    }
    results.push(await outcome(s.read(join(dir, "lines.txt"), { line: 2, limit: 1 })));
    await s.say(`${results.join("\n")}\n`);
  },
  async permission(s) {
    const asked = [
      ["edit", [join(dir, "train.ts")]],
      ["edit", [join(dir, "notes.md")]],
      ["edit", []],
      ["execute", [join(dir, "train.ts")]],
      ["fetch", []],
      ["read", [join(dir, "notes.md")]],
      ["read", ["/etc/passwd"]],
    ];
    const results = [];
    for (const [kind, paths] of asked) results.push(await outcome(s.ask(kind, paths)));
    results.push(
      await outcome(s.ask("edit", [join(dir, "train.ts")], [{ optionId: "a", name: "A", kind: "allow_always" }])),
    );
    await s.say(`${results.join(" ")}\n`);
  },
  async endless(s) {
    await s.say("working");
    const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    child.unref();
    if (argument) writeFileSync(argument, String(child.pid));
    await new Promise(() => {});
  },
  async cancels(s) {
    await s.say("working");
    writeFileSync(argument, "begun\n");
    await cancelled;
    appendFileSync(argument, "cancelled\n");
    return "cancelled";
  },
  async flood() {
    const line = `${JSON.stringify({ jsonrpc: "2.0", method: "x/y", params: { text: "x".repeat(1 << 20) } })}\n`;
    for (let i = 0; i < 80; i++) await new Promise((resolve) => process.stdout.write(line, resolve));
    await new Promise(() => {});
  },
  async oneHugeLine() {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => process.stdout.write("x".repeat(1 << 20), resolve));
    await new Promise(() => {});
  },
  async dies() {
    process.stderr.write("out of cheese\n");
    process.exit(7);
  },
  async badJson(s) {
    process.stdout.write(
      '{"jsonrpc": "2.0", "id": \n[]\n"text"\n{"jsonrpc":"2.0","id":"\\u001b[31mred","result":{}}\n{"jsonrpc":"2.0","method":"x/\\u001b[2J"}\n{}\n',
    );
    await ACTS.own(s);
  },
  async order(s) {
    for (let i = 0; i < 500; i++) void s.say(`${i} `);
    void s.update({ sessionUpdate: "usage_update", used: 10, size: 100, cost: { amount: 0.25, currency: "USD" } });
    await s.tool("edit", "edit train.ts", join(dir, "train.ts"));
    await ACTS.own(s);
  },
  async limit() {
    throw Object.assign(new Error("429 rate limit reached, retry after 30 s"), { code: -32603 });
  },
  async refuses() {
    return "refusal";
  },
  async tokens() {
    return "max_tokens";
  },
  async env(s) {
    await s.say(`${JSON.stringify({ env: process.env, home: existsSync(process.env.HOME), cwd: process.cwd() })}\n`);
    await ACTS.own(s);
  },
};

const app = agent({ name: "scripted" })
  .onRequest(methods.agent.initialize, () => ({
    protocolVersion: PROTOCOL_VERSION,
    agentCapabilities: {},
    agentInfo: { name: "scripted", version: "1" },
  }))
  .onRequest(methods.agent.session.new, ({ params }) => {
    dir = params.cwd;
    return { sessionId: "one" };
  })
  .onNotification(methods.agent.session.cancel, () => {
    process.emit("nightyard-cancel");
  })
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    const s = speakerFor(client, params.sessionId);
    const stop = await ACTS[mode](s);
    if (stop === undefined) await s.say("HYPOTHESIS: a larger step\nDESCRIPTION: twice as large");
    const usage = { totalTokens: 3050, inputTokens: 1800, outputTokens: 50, cachedReadTokens: 1200 };
    return { stopReason: stop ?? "end_turn", usage };
  });

app.connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
