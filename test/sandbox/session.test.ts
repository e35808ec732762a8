/** A session whose commands are fenced: what runs, gates and the evaluator can reach, and what the record says. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { summarize } from "../../src/summary.ts";
import { component } from "../support/component.ts";
import { makeRepo, removeTemps, tempDir } from "../support/repo.ts";
import { type Act, play, playing, verdicts } from "../support/toy.ts";

const { sandbox } = await probeSandbox();
const fenced = component(sandbox.kind !== "none", "bubblewrap", "apt-get install bubblewrap");
afterAll(removeTemps);

const PROGRAM = `---
name: fenced
description: Lower the score.
metric: { name: score, goal: minimize, deterministic: true }
scope: [work.sh]
budget: 1s
timeout: 30s
prepare: echo 41 > "$NIGHTYARD_HELD_OUT/answer"; echo 5 > "$NIGHTYARD_DATA/input"
run: sh work.sh
evaluate: sh evaluate.sh
gates: [sh check.sh]
---
`;

const FILES = {
  "program.md": PROGRAM,
  "work.sh": 'cat "$NIGHTYARD_DATA/input" > out; echo fine\n',
  "evaluate.sh":
    'test "$(cat "$NIGHTYARD_HELD_OUT/answer")" = 41 || exit 9; echo x > "$TMPDIR/t"; echo "score: $(cat "$NIGHTYARD_RUN_DIR/out")"\n',
  "check.sh": 'test ! -e "$HOME/.secret-of-a-test"; grep -q . work.sh\n',
};

const work =
  (text: string): Act =>
  (turn) => {
    writeFileSync(join(turn.dir, "work.sh"), text);
    return {};
  };

describe.runIf(fenced)("a fenced session", () => {
  test("goes its way from prepare to verdict, and the record says what fenced it", async () => {
    const agent = playing([work("echo 3 > out\n")]);
    const played = await play(makeRepo(FILES), { agent, sandbox, limits: { experiments: 1 } });
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge"]);
    expect(played.session.sandbox).toMatchObject({ kind: "bubblewrap" });
    expect(summarize(played.session, played.experiments).sandboxed).toBe(true);
  });

  test("keeps held-out data, ledger, sealed copies and the person's checkout from a run", async () => {
    const lab = makeRepo(FILES);
    const spy = [
      // Everything that it can find upward and beside it, by name and by content.
      `find ${JSON.stringify(lab)} \\( -name answer -o -name ledger.db -o -name evaluate.sh -path '*sealed*' \\) 2>/dev/null | head -5`,
      `ls -a ${JSON.stringify(lab)}`,
      `cat ${JSON.stringify(join(lab, "README.md"))} 2>&1`,
      "echo 3 > out",
    ].join("\n");
    writeFileSync(join(lab, "README.md"), "not committed, not for runs\n");
    const entries: string[] = [];
    const { readFileSync } = await import("node:fs");
    const played = await play(lab, {
      agent: playing([work(spy)]),
      sandbox,
      limits: { experiments: 1 },
      onEvent: ({ event }) => {
        if (event.type !== "run-ended" || event.experiment !== 1) return;
        entries.push(readFileSync(join(lab, ".nightyard/sessions/t/logs/t-e0001-r1.log"), "utf8"));
      },
    });
    expect(played.experiments[1]?.verdict).toMatchObject({ kind: "keep" });
    expect(entries.join("")).not.toMatch(/answer|ledger\.db|sealed|not for runs/);
    expect(entries.join("")).toContain(".nightyard");
  });

  test("one sitting without a sandbox is enough for the report to say so", async () => {
    const lab = makeRepo(FILES);
    await play(lab, { agent: playing([work("echo 4 > out\n")]), sandbox, limits: { experiments: 1 } });
    const second = await play(lab, { agent: playing([work("echo 3 > out\n")]), limits: { experiments: 2 } });
    expect(summarize(second.session, second.experiments).sandboxed).toBe(false);
  });

  test("program.md may open what a lab needs: a folder to read, one to write", async () => {
    const shared = tempDir();
    mkdirSync(join(shared, "in"));
    mkdirSync(join(shared, "out"));
    writeFileSync(join(shared, "in", "number"), "2\n");
    const open = `sandbox: { read: [${JSON.stringify(join(shared, "in"))}], write: [${JSON.stringify(join(shared, "out"))}] }\n---\n`;
    const program = PROGRAM.replace(/---\n$/, open);
    const script = `cat ${JSON.stringify(join(shared, "in", "number"))} > out; touch ${JSON.stringify(join(shared, "out", "was-here"))} || echo 9 > out\n`;
    const lab = makeRepo({ ...FILES, "program.md": program });
    const played = await play(lab, { agent: playing([work(script)]), sandbox, limits: { experiments: 1 } });
    expect(played.experiments[1]?.runs[0]?.measurement?.metric).toBe(2);
  });
});
