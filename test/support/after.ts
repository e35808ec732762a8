/** What tests of `finalize`, `ablate` and `promote` share: a toy lab of several files, and the command as it ships. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Experiment } from "../../src/experiment.ts";
import type { SessionEvent } from "../../src/ledger/events.ts";
import type { Session } from "../../src/ledger/session.ts";
import { closeLedger, entriesOf, experimentsOf, readLedger, sessionOf } from "../../src/ledger.ts";
import type { RestOptions } from "../../src/remeasure/yard.ts";
import { local } from "../../src/runners/local.ts";
import { openWorkspace, type Workspace } from "../../src/workspace.ts";
import { type Act, NO_SANDBOX } from "./toy.ts";

export const BIN = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));

export function nightyard(cwd: string, ...args: readonly string[]) {
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", timeout: 120_000 });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

/** Front matter of a lab whose score is what `run.sh` prints; `more`: lines to add. */
export function program(more = "", deterministic = true): string {
  return `---
name: toy
description: Lower the score of a toy.
metric: { name: score, goal: minimize, deterministic: ${deterministic} }
scope: ["*.txt"]
budget: 1s
timeout: 30s
run: sh run.sh
${more}---
Change the numbers.
`;
}

/** The sum of the numbers in a.txt, b.txt (six lines) and c.txt. */
export const SUM_FILES: Readonly<Record<string, string>> = {
  "program.md": program(),
  "a.txt": "10\n",
  "b.txt": "1\n2\n3\n4\n5\n6\n",
  "c.txt": "5\n",
  "run.sh": "echo \"score: $(cat a.txt b.txt c.txt | awk '{s+=$1} END {print s}')\"\n",
};

/** An act that writes files, and says why. */
export function put(hypothesis: string, files: Readonly<Record<string, string>>): Act {
  return (turn) => {
    for (const [path, text] of Object.entries(files)) writeFileSync(join(turn.dir, path), text);
    return { hypothesis };
  };
}

export interface Night {
  readonly ws: Workspace;
  readonly session: Session;
  readonly experiments: readonly Experiment[];
  readonly events: readonly SessionEvent[];
}

/** Session "t" as the ledger has it now. */
export async function night(lab: string): Promise<Night> {
  const ws = await openWorkspace(lab);
  const ledger = readLedger(ws.stateDir);
  if (ledger === undefined) throw new Error("there is no ledger");
  try {
    const session = sessionOf(ledger, "t");
    if (session === undefined) throw new Error("there is no session t");
    const events = [...entriesOf(ledger, "t")].map((entry) => entry.event);
    return { ws, session, experiments: experimentsOf(ledger, "t"), events };
  } finally {
    closeLedger(ledger);
  }
}

/** What it takes to measure after session "t". */
export function rest(
  ws: Workspace,
  said: string[] = [],
  signal: AbortSignal = new AbortController().signal,
): RestOptions {
  const say = (text: string) => void said.push(text);
  return { ws, tag: "t", runner: local(), sandbox: NO_SANDBOX, say, signal };
}

/** The events of one kind. */
export function of<T extends SessionEvent["type"]>(events: readonly SessionEvent[], type: T) {
  return events.filter((e): e is Extract<SessionEvent, { type: T }> => e.type === type);
}
