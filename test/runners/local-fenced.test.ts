/**
 * Runs of the local runner inside the fence: whatever they start is gone after timeout, cancel and the harness' death,
 * a daemon that hides from the process table's view of a tree too.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { Job } from "../../src/runner.ts";
import { local } from "../../src/runners/local.ts";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { toolFolders } from "../../src/sandbox/tools.ts";
import { fenceWords } from "../../src/sandbox.ts";
import { component } from "../support/component.ts";
import { jobIn, logOf, never, newTag, startHarness, tagged, until } from "./jobs.ts";

const { sandbox } = await probeSandbox();
const fenced = component(sandbox.kind !== "none", "bubblewrap", "apt-get install bubblewrap");
const root = realpathSync(mkdtempSync(join(tmpdir(), "nightyard fenced ")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function fencedJob(command: string, changes: Partial<Job> = {}): Job {
  const [dir, tmp] = [newTag(), newTag()].map((name) => join(root, name)) as [string, string];
  for (const folder of [dir, tmp]) mkdirSync(folder);
  const fence = {
    readable: toolFolders(),
    writable: [dir],
    hidden: [root],
    covered: [],
    tmp,
    network: "none",
  } as const;
  return { ...jobIn(root, command), dir, fence: fenceWords(sandbox, fence), ...changes };
}

/** Clears its environment, forks twice, opens a session, ignores TERM; the other is only deaf and in the background. */
const daemons = (tag: string) =>
  `env -i setsid sh -c '(trap "" TERM HUP; sh -c "sleep 300; : ${tag}") & (trap "" TERM; sh -c "sleep 300; : ${tag}") & wait' &
   nohup sh -c 'trap "" TERM; sleep 300; : ${tag}' >/dev/null 2>&1 &
   echo started; `;

describe.runIf(fenced)("a fenced run", () => {
  test("leaves nothing when it ends by itself", async () => {
    const runner = local();
    const tag = newTag();
    const job = fencedJob(`${daemons(tag)} sleep 0.5`);
    await runner.submit(job);
    await until(() => tagged(tag).length > 2);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "finished" });
    expect(tagged(tag)).toEqual([]);
  });

  test("leaves nothing after its timeout", async () => {
    const runner = local();
    const tag = newTag();
    const job = fencedJob(`trap '' TERM; ${daemons(tag)} sleep 300`, { timeoutSeconds: 2 });
    await runner.submit(job);
    expect((await runner.wait(job, never)).outcome.kind).toBe("timedOut");
    expect(logOf(job)).toContain("started");
    expect(tagged(tag)).toEqual([]);
  });

  test("leaves nothing after a cancel", async () => {
    const runner = local();
    const tag = newTag();
    const job = fencedJob(`trap '' TERM; ${daemons(tag)} sleep 300`);
    await runner.submit(job);
    await until(() => tagged(tag).length > 2);
    await runner.cancel(job);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "cancelled" });
    expect(tagged(tag)).toEqual([]);
  });

  test("leaves nothing after kill -9 of its harness", async () => {
    const tag = newTag();
    const job = fencedJob(`trap '' TERM; ${daemons(tag)} sleep 300`);
    const module = fileURLToPath(new URL("../../src/runners/local.ts", import.meta.url));
    const harness = startHarness("submit", job, { module, factory: "local", options: { abandonAfterSeconds: 1 } });
    await harness.there;
    await until(() => tagged(tag).length > 2);
    harness.process.kill("SIGKILL");
    await until(() => tagged(tag).length === 0);
    expect((await local().wait(job, never)).outcome.kind).toBe("lost");
  });
});
