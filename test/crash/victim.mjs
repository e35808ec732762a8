/**
 * A harness that kills itself with SIGKILL right after the k-th event of its sitting:
 * `victim.mjs <lab> <tag> <script> <experiments> <k>`. It works with the compiled
 * sources, as they ship, and is itself no TypeScript, which would double the time of its start.
 */
import { fileURLToPath } from "node:url";
import { agentOf, runnerOf } from "../../dist/src/kinds.js";
import { sit } from "../../dist/src/session.js";
import { openWorkspace } from "../../dist/src/workspace.js";

const [lab = "", tag = "", script = "", experiments = "", k = ""] = process.argv.slice(2);
if (k === "") throw new Error(`usage: ${fileURLToPath(import.meta.url)} <lab> <tag> <script> <experiments> <k>`);

// Sessions of this name have two runs at once and proposals made ahead.
const wide = tag.startsWith("wide");
const slots = [0, 1].map((index) => ({ index, env: {}, words: [] }));

const seen = { events: 0 };
await sit({
  ws: await openWorkspace(lab),
  tag,
  agent: agentOf(`scripted:${script}`),
  runner: runnerOf("local"),
  limits: { experiments: Number(experiments) },
  sandbox: { kind: "none", why: "its runs leave a witness outside the lab" },
  ...(wide ? { slots, lookahead: 1 } : {}),
  confirmRuns: 1,
  seed: 1,
  observe: () => {
    seen.events += 1;
    if (seen.events === Number(k)) process.kill(process.pid, "SIGKILL");
  },
  say: () => undefined,
  signal: new AbortController().signal,
});
