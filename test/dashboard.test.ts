/**
 * The page's server without a browser: who is let in, what the answers carry, what they hold, and that they are bounded.
 */
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Turn } from "../src/agent.ts";
import { refusal } from "../src/dashboard/guard.ts";
import type { Dashboard } from "../src/dashboard.ts";
import { waitingIn } from "../src/spool.ts";
import { dashboardOn } from "./dashboard/support.ts";
import { makeRepo, removeTemps, TOY_FILES, writeFiles } from "./support/repo.ts";
import { play, playing } from "./support/toy.ts";

const HOSTILE = `</title><script>alert(1)</script><img src=x onerror="alert(2)"> =cmd()`;

const acts = [
  ({ dir }: Turn) => {
    writeFiles(dir, { "value.txt": "8\n" });
    return { hypothesis: "eight is less", description: "because it is" };
  },
  ({ dir }: Turn) => {
    writeFiles(dir, { "value.txt": "12\n" });
    return { hypothesis: HOSTILE, description: HOSTILE };
  },
];

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** Node's own client: `fetch` does not let Host and Origin be set. */
function ask(url: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const type = body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" };
    const outgoing = request(url, { method, headers: { ...type, ...headers } }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text, headers: incoming.headers }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

let lab = "";
let dashboard: Dashboard;
let base = "";

beforeAll(async () => {
  lab = makeRepo(TOY_FILES);
  const played = await play(lab, { agent: playing(acts) });
  if (played.error !== undefined) throw played.error;
  dashboard = await dashboardOn(lab);
  base = `${dashboard.url}s/t`;
});

afterAll(async () => {
  await dashboard.close();
  removeTemps();
});

describe("the page's server", () => {
  it("shows the session, its experiments and the reasons", async () => {
    const overview = await ask(base);
    expect(overview.status).toBe(200);
    expect(overview.text).toContain("score 10, no gain confirmed yet");
    expect(overview.text).toContain("eight is less");
    const one = await ask(`${base}/e/1`);
    expect(one.text).toContain("-10");
    expect(one.text).toContain("+8");
    expect(one.text).toContain("score: 8");
    expect(one.text).toMatch(/keep \(confirmed\), rule (&quot;|")judge/);
    expect((await ask(`${base}/compare?a=0&b=e0001`)).text).toContain("e0001 is better: −20.0 %");
    expect((await ask(`${base}/program`)).text).toContain("Lower the score of a toy.");
    expect((await ask(`${dashboard.url}sessions`)).text).toContain('href="/s/t"');
    expect((await ask(`${dashboard.url}compare?a=t&b=t`)).text).toContain("Two sessions");
  });

  it("sends a strict policy with everything, refusals too", async () => {
    for (const url of [base, `${base}/e/1`, `${dashboard.url}static/page.js`, `${dashboard.url}nothing`]) {
      const { headers } = await ask(url);
      const policy = String(headers["content-security-policy"]);
      expect(policy, url).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
    }
    expect((await ask(base, { Host: "evil.example" })).headers["content-security-policy"]).toContain("'none'");
  });

  it("has no script, style or handler in its markup", async () => {
    for (const url of [base, `${base}/e/2`, `${base}/compare?a=1&b=2`, `${base}/part/table`]) {
      const { text } = await ask(url);
      expect(text, url).not.toMatch(/<script(?! src="\/static\/)|<style|\sstyle="|<img|\son\w+="|javascript:/i);
    }
    expect((await ask(`${base}/e/2`)).text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it("refuses a Host that is not its own, and a page of another origin", async () => {
    const { port } = dashboard.access;
    for (const Host of ["evil.example", `evil.example:${port}`, "127.0.0.1:1", `127.0.0.1.evil.example:${port}`]) {
      expect((await ask(base, { Host })).status, Host).toBe(403);
    }
    expect((await ask(base, { Host: `localhost:${port}` })).status).toBe(200);
    expect((await ask(base, { Origin: "http://evil.example" })).status).toBe(403);
    expect((await ask(base, { Origin: "null" })).status).toBe(403);
    expect((await ask(base, { Origin: `http://127.0.0.1:${port}` })).status).toBe(200);
  });

  it("answers what is not there with 404 and bad questions with a default", async () => {
    for (const path of ["/e/99", "/e/x", "/e/-1", "/part/nothing"]) {
      expect((await ask(`${base}${path}`)).status, path).toBe(404);
    }
    expect((await ask(`${dashboard.url}s/none`)).status).toBe(404);
    expect((await ask(`${dashboard.url}s/..%2f..%2fetc`)).status).toBe(404);
    expect((await ask(`${dashboard.url}static/..%2fpackage.json`)).status).toBe(404);
    expect((await ask(`${base}?sort=wrong&show=x&from=-5`)).status).toBe(200);
    expect(JSON.parse((await ask(`${base}/plot.json?by=x&from=NaN`)).text).by).toBe("experiment");
  });

  it("gives the points of the plot, kept and confirmed apart from the others", async () => {
    const plot = JSON.parse((await ask(`${base}/plot.json`)).text);
    expect(plot).toMatchObject({ n: [0, 1, 2, 3], y: [10, 8, 12, null], mark: [2, 2, 0, 4], best: [10, 8, 8, 8] });
    const zoomed = JSON.parse((await ask(`${base}/plot.json?from=1.5&to=2`)).text);
    expect(zoomed).toMatchObject({ n: [2], best: [8] });
  });

  it("filters and sorts, and exports what is shown with safe cells", async () => {
    const csv = (await ask(`${base}/experiments.csv?show=discard&q=cmd`)).text.trim().split("\r\n");
    expect(csv).toHaveLength(2);
    expect(csv[1]).toMatch(/^2,discard,/);
    const best = (await ask(`${base}/experiments.csv?sort=best`)).text.trim().split("\r\n").slice(1);
    expect(best.map((line) => line[0])).toEqual(["1", "0", "2", "3"]);
    expect((await ask(`${base}/part/table?q=EIGHT`)).text).toContain("1–1 of 1");
    expect((await ask(`${base}/part/table?q=nothing-like-it`)).text).toContain("No experiment is like that.");
  });

  it("writes nothing when it was not started to", async () => {
    const Origin = dashboard.url.slice(0, -1);
    expect((await ask(`${base}/notes`, { Origin }, "text=hello&token=x")).status).toBe(403);
    expect((await ask(base)).text).not.toContain("note-form");
  });
});

describe("with --write", () => {
  it("takes a note from its own page only, into the spool", async () => {
    const writing = await dashboardOn(lab, { write: true });
    try {
      const notes = `${writing.url}s/t/notes`;
      const Origin = writing.url.slice(0, -1);
      const token = writing.access.writeToken ?? "";
      const body = (text: string, t = token) => new URLSearchParams({ text, token: t }).toString();
      expect((await ask(notes, {}, body("no origin"))).status).toBe(403);
      expect((await ask(notes, { Origin: "http://evil.example" }, body("other origin"))).status).toBe(403);
      expect((await ask(notes, { Origin, "Sec-Fetch-Site": "cross-site" }, body("other site"))).status).toBe(403);
      expect((await ask(notes, { Origin }, body("no token", ""))).status).toBe(403);
      expect((await ask(notes, { Origin }, body("x".repeat(1001)))).status).toBe(400);
      expect((await ask(notes, { Origin }, body("x".repeat(40_000)))).status).toBe(413);
      expect((await ask(notes, { Origin }, body("leave <b>it</b> alone\u001b[2J"))).status).toBe(303);
      const { messages } = await waitingIn(join(lab, ".nightyard"), "note");
      expect(messages.map((m) => m.text)).toEqual(["leave <b>it</b> alone"]);
      expect((await ask(`${writing.url}s/t`)).text).toContain("leave &lt;b&gt;it&lt;/b&gt; alone");
    } finally {
      await writing.close();
    }
  });
});

describe("on another address", () => {
  it("knows itself by an address in numbers and by its name, and by no other name", () => {
    const said = (host: string, Host: string) =>
      refusal({ host, port: 7373 }, { host: Host, origin: undefined, site: undefined, method: "GET" }) === undefined;
    expect(said("0.0.0.0", "192.168.1.5:7373")).toBe(true);
    expect(said("0.0.0.0", "[fe80::1]:7373")).toBe(true);
    expect(said("lab.local", "lab.local:7373")).toBe(true);
    expect(said("0.0.0.0", "evil.example:7373")).toBe(false);
    expect(said("127.0.0.1", "192.168.1.5:7373")).toBe(false);
    expect(said("0.0.0.0", "192.168.1.5:80")).toBe(false);
  });

  it("gives nothing of the lab without the token, and takes it once for a cookie", async () => {
    const open = await dashboardOn(lab, { askToken: true });
    try {
      const [root = "", token = ""] = open.url.split("#token=");
      expect(token).toMatch(/^[\w-]{43}$/);
      const Origin = root.slice(0, -1);
      for (const path of ["", "s/t", "s/t/plot.json", "s/t/events", "s/t/experiments.csv", "sessions"]) {
        const refused = await ask(root + path);
        expect(refused.status, path).toBe(401);
        expect(refused.text).not.toContain("score");
      }
      expect((await ask(`${root}login`, { Origin }, "token=wrong")).status).toBe(401);
      const entered = await ask(`${root}login`, { Origin }, `token=${token}`);
      expect(entered.status).toBe(303);
      const cookie = String(entered.headers["set-cookie"]);
      expect(cookie).toMatch(/HttpOnly/);
      expect(cookie).toMatch(/SameSite=Strict/);
      const Cookie = cookie.split(";")[0] ?? "";
      expect((await ask(`${root}s/t`, { Cookie })).text).toContain("eight is less");
      expect((await ask(`${root}s/t`, { Cookie, Host: `evil.example:${open.access.port}` })).status).toBe(403);
    } finally {
      await open.close();
    }
  });
});
