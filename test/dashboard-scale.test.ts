/**
 * A session of 100,000 experiments: every answer stays small, and the first paint in a browser is measured and printed.
 * No time is asserted.
 */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Dashboard } from "../src/dashboard.ts";
import { NO_COMMIT } from "../src/experiment.ts";
import { appendPast, closeLedger, openLedger, type PastEvent } from "../src/ledger.ts";
import { dashboardOn, hasChromium, launch, openPage } from "./dashboard/support.ts";
import { makeRepo, removeTemps, TOY_FILES } from "./support/repo.ts";

const COUNT = 100_000;
const AT_ONCE = 5000;

const START = Date.UTC(2026, 0, 1);
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

const started: PastEvent = {
  clock: 0,
  event: {
    type: "session-started",
    base: NO_COMMIT,
    baseTree: "",
    branch: "autoresearch/large",
    lab: "/lab",
    prefix: "",
    agent: "agent",
    runner: "local",
    seed: 1,
    rules: {},
    metric: { name: "score", goal: "minimize" },
    program: { hash: "0".repeat(64), text: "" },
    environment: {},
    version: "1",
    imported: { format: "made", file: "made.tsv", sha256: "0".repeat(64), part: 1, startedAt: at(0) },
  },
};

/** One in twenty is kept, one in fifty crashes; the metric falls slowly. */
function made(n: number): PastEvent {
  const kind = n % 20 === 0 ? "keep" : n % 50 === 7 ? "crash" : "discard";
  const level = 2 - 1 / (1 + 1000 / (n + 1));
  const metric = kind === "crash" ? undefined : level + (kind === "keep" ? 0 : ((n * 7919) % 1000) / 50_000);
  const outcome = kind === "crash" ? ({ kind: "crashed", exitCode: 1 } as const) : ({ kind: "finished" } as const);
  return {
    clock: n,
    at: at(n * 60),
    event: {
      type: "imported",
      experiment: n,
      line: n + 2,
      claimed: "",
      status: kind,
      hypothesis: `idea ${n}: a hypothesis as long as they are, with a reason and a number`,
      description: "",
      verdict: { kind, rule: "imported", reason: "made", numbers: {} },
      runs: [{ role: n === 0 ? "baseline" : "challenger", outcome, metric, extra: {}, seconds: 60 }],
      openedAt: at(n * 60),
      closedAt: at(n * 60 + 59),
      remarks: [],
    },
  };
}

describe("a session of 100,000 experiments", { timeout: 300_000 }, () => {
  let lab = "";
  let dashboard: Dashboard;
  let base = "";

  beforeAll(async () => {
    lab = makeRepo(TOY_FILES);
    const ledger = openLedger(await stateDirOf(lab));
    appendPast(ledger, "large", [started]);
    for (let n = 0; n < COUNT; n += AT_ONCE) {
      appendPast(
        ledger,
        "large",
        Array.from({ length: AT_ONCE }, (_, i) => made(n + i)),
      );
    }
    closeLedger(ledger);
    dashboard = await dashboardOn(lab);
    base = `${dashboard.url}s/large`;
  }, 300_000);

  afterAll(async () => {
    await dashboard?.close();
    removeTemps();
  });

  it.skipIf(!hasChromium)("paints before it is read as a whole, and becomes whole", async () => {
    const browser: Browser = await launch();
    try {
      const { page, complaints } = await openPage(browser);
      page.setDefaultTimeout(200_000);
      const begun = Date.now();
      await page.goto(base, { waitUntil: "domcontentloaded" });
      await page.waitForSelector("[data-key=row-99999]");
      const paint = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime");
      const table = Date.now() - begun;
      await page.waitForSelector("#uplot[data-points='3000']");
      const plot = Date.now() - begun;
      await page.waitForSelector("#uplot[data-total='100000']");
      await page.waitForSelector(".pager >> text=of 100,000");
      const whole = Date.now() - begun;
      const again = Date.now();
      await page.goto(base, { waitUntil: "domcontentloaded" });
      await page.waitForSelector("#uplot[data-points='3000']");
      const second = Date.now() - again;
      console.log(
        `100,000 experiments: first paint ${Math.round(Number(paint))} ms, table ${table} ms, plot ${plot} ms, ` +
          `all read ${whole} ms; opened again with its plot ${second} ms; ` +
          `${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB of this process`,
      );
      expect(await page.textContent("#plot-note")).toContain("3,000 of 100,000 drawn");
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it("answers with a window of it, never with all", async () => {
    const sizes: Record<string, number> = {};
    const paths = ["", "/part/table?from=99950", "/part/table?sort=best", "/part/table?q=idea+777", "/plot.json"];
    for (const path of [...paths, "/plot.json?by=time", "/plot.json?from=500&to=900", "/e/40", "/experiments.csv"]) {
      const begun = performance.now();
      const answer = await fetch(base + path);
      expect(answer.status, path).toBe(200);
      sizes[path] = (await answer.text()).length;
      console.log(`${path || "/"}: ${Math.round(sizes[path] / 1024)} KiB, ${Math.round(performance.now() - begun)} ms`);
    }
    const { "/experiments.csv": csv = 0, ...others } = sizes;
    expect(csv).toBeLessThan(2_000_000);
    for (const [path, size] of Object.entries(others)) expect(size, path).toBeLessThan(500_000);
  });
});

async function stateDirOf(lab: string): Promise<string> {
  const { ensureStateDir, openWorkspace } = await import("../src/workspace.ts");
  const ws = await openWorkspace(lab);
  await ensureStateDir(ws);
  return join(ws.labDir, ".nightyard");
}
