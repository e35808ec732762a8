/** A dashboard on a lab, in this process, and a real browser where there is one. */
import { existsSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { folderOrLab } from "../../src/cli/lab.ts";
import { type Dashboard, type DashboardOptions, openDashboard } from "../../src/dashboard.ts";
import { readLedger } from "../../src/ledger.ts";
import { component } from "../support/component.ts";

export const CHROMIUM = "/usr/bin/chromium";
export const hasChromium = component(existsSync(CHROMIUM), "Chromium", "apt-get install -y chromium");

export async function dashboardOn(lab: string, options: Partial<DashboardOptions> = {}): Promise<Dashboard> {
  const ws = await folderOrLab(lab);
  const ledger = readLedger(ws.stateDir);
  if (ledger === undefined) throw new Error(`${lab} has no ledger`);
  return openDashboard({ ws, ledger, host: "127.0.0.1", port: 0, write: false, ...options });
}

/** Without the browser's own sandbox, which needs rights that a container does not give; no page of others is opened. */
export async function launch(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** A page with everything that it complains about: errors, refused loads, dialogs. */
export async function openPage(
  browser: Browser,
  options: { readonly width?: number; readonly height?: number; readonly scheme?: "light" | "dark" } = {},
): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const { width = 1280, height = 900, scheme = "light" } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  return { page, complaints };
}
