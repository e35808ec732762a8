/** Keys that the gateway adds: the upstream gets them, whoever has no token gets nowhere. */
import { afterEach, describe, expect, it } from "vitest";
import { spentAt, type Wire } from "../../src/gateway.ts";
import { closeAll, gateway, raw, upstream } from "./open.ts";
import { json } from "./upstream.ts";

afterEach(closeAll);

const KEY = "sk-upstream-$&-0123456789";
const usage = { prompt_tokens: 10, completion_tokens: 5 };

async function keyed(wire: Wire) {
  const up = await upstream((_asked, response) => json(response, { usage }));
  const gate = await gateway({ upstreams: [{ name: "up", baseUrl: up.url, wire, key: KEY }] });
  const post = (path: string, headers: Record<string, string>) =>
    raw(gate, { method: "POST", path, headers, body: '{"model":"m"}' });
  return { up, gate, post };
}

describe("a gateway that has the key", () => {
  it.each([
    ["openai-chat", "/up/chat/completions", "authorization", "Bearer "],
    ["openai-responses", "/up/responses", "authorization", "bearer  "],
    ["anthropic", "/up/v1/messages", "x-api-key", ""],
    ["gemini", "/up/v1beta/models/m:generateContent", "x-goog-api-key", ""],
  ] as const)("puts it where the agent put its token: %s", async (wire, path, name, scheme) => {
    const { up, gate, post } = await keyed(wire);
    const sent = { [name]: `${scheme}${gate.token}`, cookie: "a=b", "api-key": "the agent's own" };
    expect((await post(path, sent)).status).toBe(200);
    expect(up.asked[0]?.headers).toMatchObject({ [name]: `${scheme}${KEY}` });
    expect(up.asked[0]?.headers).not.toHaveProperty("cookie");
    expect(up.asked[0]?.headers).not.toHaveProperty("api-key");
    expect(JSON.stringify(up.asked)).not.toContain(gate.token);
  });

  it("puts it into the query, where Google's libraries may have theirs", async () => {
    const { up, gate, post } = await keyed("gemini");
    const path = "/up/v1beta/models/m:generateContent";
    expect((await post(`${path}?key=${gate.token}&alt=sse`, {})).status).toBe(200);
    const asked = new URL(up.asked[0]?.url ?? "", "http://up");
    expect([asked.searchParams.getAll("key"), asked.searchParams.get("alt")]).toEqual([[KEY], "sse"]);
    // With the token elsewhere, a key of another's in the query does not go on.
    expect((await post(`${path}?key=other&alt=sse`, { "x-goog-api-key": gate.token })).status).toBe(200);
    expect(up.asked[1]?.url).toBe("/v1beta/models/m:generateContent?alt=sse");
  });

  it("passes nothing on, and counts nothing, for whoever does not have the token", async () => {
    const { up, gate, post } = await keyed("openai-chat");
    const other = await gateway({});
    const path = "/up/chat/completions";
    const wrong = ["", "Bearer ", `Bearer ${other.token}`, `Bearer ${gate.token}x`, `Bearer ${KEY}`];
    for (const authorization of wrong) {
      const reply = await post(path, authorization === "" ? {} : { authorization });
      expect([reply.status, reply.text]).toEqual([401, expect.stringContaining("token")]);
      expect(reply.text).not.toContain(KEY);
    }
    expect((await post(`${path}?key=${other.token}`, {})).status).toBe(401);
    expect((await raw(gate, { path: "/up/models" })).status).toBe(401);
    expect(up.asked).toEqual([]);
    expect(spentAt(gate)).toMatchObject({ requests: 0, refused: 0 });
  });
});
