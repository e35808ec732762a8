// Measures a built page: `node nightyard/lighthouse.mjs dist`. Frozen; runs from the sealed copy, serves the run's folder
// on 127.0.0.1, and drives one Chromium. CHROME_PATH names another browser.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import { extname, join, sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const folder = realpathSync(join(process.env.NIGHTYARD_RUN_DIR ?? ".", process.argv[2] ?? "dist"));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const home = join(os.homedir(), ".nightyard-lighthouse/");
const { resolve } = createRequire(existsSync(home) ? home : import.meta.url);
const { default: lighthouse } = await import(pathToFileURL(resolve("lighthouse")).href);

const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://127.0.0.1").pathname);
  const named = join(folder, path.endsWith("/") ? `${path}index.html` : path);
  // A link out of the folder is not the page's.
  const file = existsSync(named) ? realpathSync(named) : "";
  const found = file.startsWith(folder + sep) && statSync(file).isFile();
  response.writeHead(found ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  response.end(found ? readFileSync(file) : "");
}).listen(0, "127.0.0.1");
await new Promise((listening) => server.once("listening", listening));

const profile = mkdtempSync(join(os.tmpdir(), "chromium-"));
const browser = process.env.CHROME_PATH ?? PLACES.find(existsSync) ?? "chromium";
// Inside the fence Chromium cannot make a sandbox of its own; the fence is one, and the page is ours.
const flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--remote-debugging-port=0"];
const chromium = spawn(browser, [...flags, `--user-data-dir=${profile}`, "about:blank"], { stdio: "ignore" });
try {
  const port = await portOf(join(profile, "DevToolsActivePort"));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const options = { port, logLevel: "error", onlyCategories: ["performance", "accessibility"] };
  const result = await lighthouse(url, options);
  const error = result?.lhr.runtimeError;
  if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
  for (const [name, { score }] of Object.entries(result.lhr.categories)) {
    if (score === null) throw new Error(`Lighthouse gave no score for ${name}`);
    console.log(`METRIC ${name}=${score * 100}`);
  }
  for (const name of ["largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"]) {
    const value = result.lhr.audits[name]?.numericValue;
    if (Number.isFinite(value)) console.log(`METRIC ${name}=${value}`);
  }
} finally {
  chromium.kill("SIGKILL");
  server.closeAllConnections();
  server.close();
}

/** Chromium writes its port into a file when it listens. */
async function portOf(file) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (existsSync(file)) return Number(readFileSync(file, "utf8").split("\n")[0]);
    if (chromium.exitCode !== null) break;
    await delay(100);
  }
  throw new Error(`${browser} did not start`);
}
