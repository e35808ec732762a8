/**
 * The page in a real Chromium: by mouse and by keyboard, on a phone, in the dark, kept open while a session runs, and
 * with words that try to become markup.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Turn } from "../src/agent.ts";
import type { Dashboard } from "../src/dashboard.ts";
import { dashboardOn, hasChromium, launch, openPage } from "./dashboard/support.ts";
import { makeRepo, removeTemps, TOY_FILES, TOY_PROGRAM, writeFiles } from "./support/repo.ts";
import { type Act, play, playing } from "./support/toy.ts";

const change =
  (value: string, hypothesis: string): Act =>
  ({ dir }: Turn) => {
    writeFiles(dir, { "value.txt": `${value}\n` });
    return { hypothesis };
  };

const HOSTILE = [
  `</title></script><script>window.pwned=1;alert(1)</script>`,
  `"><img src=x onerror="window.pwned=2"><svg onload="window.pwned=3">`,
  `<a href="javascript:window.pwned=4">click</a> javascript:window.pwned=5`,
  `' onfocus='window.pwned=6' autofocus style='position:fixed' x='`,
];

/** The words everywhere an agent or a log can put them: hypothesis, description, diff, a file's name, output. */
const hostile = (text: string, i: number): Act => {
  return ({ dir }: Turn) => {
    writeFiles(dir, { "value.txt": `${9 - i}\n`, [`<img src=x onerror=alert(${i})>.txt`]: `${text}\n@@ -1 +1 @@\n` });
    return { hypothesis: text, description: text };
  };
};

const HOSTILE_FILES = {
  ...TOY_FILES,
  "program.md": TOY_PROGRAM.replace(
    "scope: [value.txt]",
    'scope: [value.txt, "*.txt"]\ngates: ["cat value.txt *.txt"]',
  ),
  "run.sh": `cat *.txt; printf '\\033[2J<script>window.pwned=7</script>\\n---\\n'; echo "score: $(cat value.txt)"\n`,
};

async function widest(page: Page): Promise<readonly [number, number]> {
  return page.evaluate("[document.documentElement.scrollWidth, innerWidth]") as Promise<[number, number]>;
}

const plotReady = (page: Page) => page.waitForSelector("#uplot[data-points] canvas");

describe.skipIf(!hasChromium)("the page in a browser", () => {
  let browser: Browser;
  let dashboard: Dashboard;
  let base = "";

  beforeAll(async () => {
    browser = await launch();
    const lab = makeRepo(TOY_FILES);
    const acts = [change("8", "eight is less"), change("12", "twelve is more"), change("7", "seven is less")];
    const played = await play(lab, { agent: playing(acts), limits: { experiments: 3 } });
    if (played.error !== undefined) throw played.error;
    dashboard = await dashboardOn(lab);
    base = `${dashboard.url}s/t`;
  });

  afterAll(async () => {
    await dashboard?.close();
    await browser?.close();
    removeTemps();
  });

  it("draws overview, experiment and comparison without a complaint of the browser", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(dashboard.url);
    expect(page.url()).toBe(base);
    await plotReady(page);
    expect(await page.getAttribute("#uplot", "data-points")).toBe("4");
    // The first page is made before the events are read; what they tell comes after.
    await page.waitForSelector("#machine .idle");
    await page.click("text=by time");
    await page.click("text=by cost");
    await page.waitForSelector("#plot-note >> text=no turn has reported a price");
    await page.goto(`${base}/e/1`);
    expect(await page.textContent("h1")).toBe("eight is less");
    expect(await page.textContent(".code .added .line")).toBe("+8");
    await page.click("text=Compare >> nth=-1");
    expect(page.url()).toContain("/compare?a=1&b=0");
    for (const path of ["/program", "/compare"]) await page.goto(base + path);
    await page.goto(`${dashboard.url}sessions`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("opens an experiment by a click on its dot", async () => {
    const { page } = await openPage(browser);
    await page.goto(base);
    await plotReady(page);
    const [x, y] = (await page.evaluate("place(1)")) as [number, number];
    const over = await page.locator("#uplot .u-over").boundingBox();
    if (over === null) throw new Error("the plot has no place");
    await page.mouse.move(over.x + x + 2, over.y + y + 2);
    await page.waitForSelector(".tip:not([hidden])");
    expect(await page.textContent(".tip")).toContain("eight is less");
    await page.mouse.click(over.x + x + 2, over.y + y + 2);
    await page.waitForURL(/\/e\/1$/);
    await page.context().close();
  });

  it("zooms by a drag, and shows the whole again", async () => {
    const { page } = await openPage(browser);
    await page.goto(base);
    await plotReady(page);
    const over = await page.locator("#uplot .u-over").boundingBox();
    if (over === null) throw new Error("the plot has no place");
    await page.mouse.move(over.x + over.width * 0.55, over.y + 40);
    await page.mouse.down();
    await page.mouse.move(over.x + over.width * 0.99, over.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForSelector("#uplot[data-points='2']");
    await page.click("#zoom-out");
    await page.waitForSelector("#uplot[data-points='4']");
    await page.context().close();
  });

  it("needs no mouse: to the plot, along its points, into an experiment; to a row and into it", async () => {
    const { page } = await openPage(browser);
    await page.goto(base);
    await plotReady(page);
    const focused = () => page.evaluate("document.activeElement.id || document.activeElement.dataset.key || ''");
    const tabTo = async (wanted: string) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        if ((await focused()) === wanted) return;
      }
      throw new Error(`Tab does not reach ${wanted}`);
    };
    await tabTo("uplot");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowUp");
    expect(await page.textContent("#plot-said")).toContain("e0001 kept, score 8: eight is less");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/e\/1$/);
    await page.goto(base);
    await tabTo("row-2");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/e\/2$/);
    await page.context().close();
  });

  it.each(["light", "dark"] as const)("fits a phone, %s, without scrolling sideways", async (scheme) => {
    const { page, complaints } = await openPage(browser, { width: 360, height: 740, scheme });
    for (const path of ["", "/e/1", "/e/2", "/compare?a=0&b=3", "/program"]) {
      await page.goto(base + path);
      if (path === "") await plotReady(page);
      const [scroll, inner] = await widest(page);
      expect(scroll, path).toBeLessThanOrEqual(inner);
    }
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(scheme === "dark" ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("filters without loading the page again, and keeps the filter in its address", async () => {
    const { page } = await openPage(browser);
    await page.goto(base);
    await page.evaluate("window.stayed = true");
    await page.fill("input[name=q]", "twelve");
    await page.waitForSelector(".pager >> text=1–1 of 1");
    expect(page.url()).toContain("?q=twelve");
    expect(await page.evaluate("window.stayed")).toBe(true);
    await page.reload();
    expect(await page.inputValue("input[name=q]")).toBe("twelve");
    expect(await page.locator(".experiments tbody tr").count()).toBe(1);
    await page.context().close();
  });

  it("works as far as it can without its script", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(base);
    await page.selectOption("select[name=show]", "discard");
    await page.click("text=Apply");
    expect(await page.locator(".experiments tbody tr").count()).toBe(1);
    await page.click(".experiments a.go");
    expect(await page.textContent("h1")).toBe("twelve is more");
    await context.close();
  });
});

describe.skipIf(!hasChromium)("a page with a token", () => {
  it("takes it from the address, hides it, and opens", async () => {
    const browser = await launch();
    const lab = makeRepo(TOY_FILES);
    await play(lab, { agent: playing([]) });
    const dashboard = await dashboardOn(lab, { askToken: true });
    try {
      const { page } = await openPage(browser);
      await page.goto(dashboard.url.split("#")[0] ?? "");
      expect(await page.textContent("main")).toContain("Token");
      await page.goto("about:blank");
      await page.goto(dashboard.url);
      await page.waitForURL(/\/s\/t$/);
      expect(page.url()).not.toContain("token");
      await plotReady(page);
    } finally {
      await dashboard.close();
      await browser.close();
      removeTemps();
    }
  });
});

describe.skipIf(!hasChromium)("a page kept open during a session", () => {
  it("shows what happens without loading again, and keeps scroll, filter and focus", async () => {
    const browser = await launch();
    const lab = makeRepo(TOY_FILES);
    await play(lab, { agent: playing([change("9", "nine is less")]), limits: { experiments: 1 } });
    const dashboard = await dashboardOn(lab);
    let goOn = () => {};
    const opened = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const waits: Act = async (turn) => {
      await opened;
      return change("6", "six is less")(turn);
    };
    try {
      const { page, complaints } = await openPage(browser, { height: 500 });
      const session = play(lab, { agent: playing([waits]), limits: { experiments: 2 } });
      await page.goto(`${dashboard.url}s/t?q=less`);
      await plotReady(page);
      await page.waitForSelector(".live.on");
      await page.waitForSelector(".now >> text=is being proposed");
      await page.evaluate(
        "window.stayed = true; document.getElementById('experiments').scrollIntoView({ behavior: 'instant' })",
      );
      await page.focus("[data-key=row-1]");
      const before = await page.evaluate("scrollY");
      goOn();
      await page.waitForSelector("[data-key=row-2] >> text=six is less");
      const played = await session;
      expect(played.error).toBeUndefined();
      await page.waitForSelector("#live:not(.on)");
      await page.waitForSelector("tr.champion >> text=six is less");
      await page.waitForSelector("#uplot[data-points='3']");
      expect(await page.textContent("h1")).toContain("2 experiments");
      expect(await page.evaluate("window.stayed")).toBe(true);
      expect(await page.inputValue("input[name=q]")).toBe("less");
      expect(await page.evaluate("document.activeElement.dataset.key")).toBe("row-1");
      // What stands above may have changed its height: the browser holds on to what is seen.
      expect(Math.abs(Number(await page.evaluate("scrollY")) - Number(before))).toBeLessThan(250);
      expect(complaints).toEqual([]);
    } finally {
      goOn();
      await dashboard.close();
      await browser.close();
      removeTemps();
    }
  });
});

describe.skipIf(!hasChromium)("hostile words", () => {
  it("run nothing, load nothing, and become no markup", async () => {
    const browser = await launch();
    const lab = makeRepo(HOSTILE_FILES);
    const played = await play(lab, { agent: playing(HOSTILE.map(hostile)), limits: { experiments: HOSTILE.length } });
    expect(played.experiments.at(-1)?.proposal?.hypothesis).toContain("onfocus");
    const dashboard = await dashboardOn(lab);
    const base = `${dashboard.url}s/t`;
    try {
      const { page, complaints } = await openPage(browser);
      const pages = ["", "/e/1", "/e/2", "/e/3", "/e/4", "/compare?a=1&b=2", "/program"];
      for (const path of pages) {
        await page.goto(base + path);
        if (path === "") await plotReady(page);
        await page.focus("a >> nth=1");
        const found = await page.evaluate(`[
          document.querySelectorAll("main script, main img, main iframe, main style, [style*=fixed], [autofocus]").length,
          [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name))).length,
          [...document.links].filter((a) => a.protocol !== "http:").length,
          window.pwned,
        ]`);
        expect(found, path).toEqual([0, 0, 0, undefined]);
      }
      await page.goto(`${base}/e/1`);
      expect(await page.textContent("h1")).toContain("<script>window.pwned=1;alert(1)</script>");
      expect(await page.textContent(".file h3 >> nth=0")).toContain("<img src=x onerror=alert(");
      expect(await page.textContent("#output .log")).toContain("<script>window.pwned=7</script>");
      expect(complaints).toEqual([]);
      // The proof that the policy holds where escaping would not: what is put in by hand is refused.
      await page.evaluate(`{
        const s = document.createElement("script");
        s.textContent = "window.pwned = 8";
        document.body.append(s);
        document.body.insertAdjacentHTML("beforeend", "<b onclick='window.pwned = 9' id=bad style='position:fixed'>x</b>");
        document.getElementById("bad").click();
      }`);
      expect(await page.evaluate("window.pwned")).toBeUndefined();
      expect(await page.evaluate("getComputedStyle(document.getElementById('bad')).position")).toBe("static");
      expect(complaints.join()).toContain("Content Security Policy");
    } finally {
      await dashboard.close();
      await browser.close();
      removeTemps();
    }
  });
});
