/** Two sessions in one plot, in real Chromium: told apart without colour, by keyboard, at 360 pixels, by three axes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Dashboard } from "../src/dashboard.ts";
import { append, closeLedger, openLedger } from "../src/ledger.ts";
import { dashboardOn, hasChromium, launch, openPage } from "./dashboard/support.ts";
import { experimentEvents, START } from "./ledger/fill.ts";
import { makeRepo, removeTemps, TOY_FILES } from "./support/repo.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  const lab = makeRepo(TOY_FILES);
  mkdirSync(join(lab, ".nightyard"), { recursive: true });
  const ledger = openLedger(join(lab, ".nightyard"));
  for (const [tag, gain] of [
    ["one", 0.4],
    ["two", 0.7],
  ] as const) {
    append(ledger, tag, START, 0);
    for (let n = 0; n < 12; n++) {
      const kind = n % 3 === 0 ? "keep" : "discard";
      for (const event of experimentEvents(n, kind === "keep" ? 20 - gain * n : 20.5, kind))
        append(ledger, tag, event, n);
    }
  }
  closeLedger(ledger);
  dashboard = await dashboardOn(lab);
});

afterAll(async () => {
  await dashboard?.close();
  removeTemps();
});

describe.skipIf(!hasChromium)("the overlay of two sessions", () => {
  it("draws both, dashed and with squares the second, and leads to an experiment by keyboard", async () => {
    const browser = await launch();
    try {
      const { page, complaints } = await openPage(browser);
      await page.goto(`${dashboard.url}compare?a=one&b=two`);
      expect(await page.locator(".overlay .best").count()).toBe(2);
      expect(await page.locator(".overlay .second rect.keep").count()).toBe(4);
      expect(await page.locator(".overlay .night:not(.second) circle.keep").count()).toBe(4);
      const dash = await page.evaluate('getComputedStyle(document.querySelector(".second .best")).strokeDasharray');
      expect(dash).not.toBe("none");
      const shots = process.env.NIGHTYARD_SHOTS;
      if (shots !== undefined) writeFileSync(join(shots, "overlay.png"), await page.screenshot());
      await page.locator(".overlay a").first().focus();
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/s\/one\/e\/\d+$/);
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto(`${dashboard.url}compare?a=one&b=two&by=time`);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
      if (shots !== undefined) writeFileSync(join(shots, "overlay-360.png"), await page.screenshot());
      await page.goto(`${dashboard.url}compare?a=one&b=two&by=cost`);
      expect(await page.locator(".overlay figcaption").textContent()).toContain("cost unknown");
      expect(await page.locator(".overlay svg").count()).toBe(0);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
