/** The loop end to end: real git, real runs, real ledger; a toy lab whose metric is the number in a file. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Agent } from "../src/agent.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, TOY_PROGRAM, tempDir, writeFiles } from "./support/repo.ts";
import { type Act, play, playing, verdicts } from "./support/toy.ts";

afterAll(removeTemps);

const write =
  (text: string, path = "value.txt"): Act =>
  (turn) => {
    writeFileSync(join(turn.dir, path), text);
    return {};
  };

const toy = (program = TOY_PROGRAM, more: Readonly<Record<string, string>> = {}) =>
  makeRepo({ ...TOY_FILES, "program.md": program, ...more });

const branch = (dir: string) => sh(dir, "log", "--format=%s", "autoresearch/t").trim().split("\n");

describe("a session", () => {
  it("keeps what is better, discards what is not, and leaves the person's checkout alone", async () => {
    const dir = toy();
    writeFileSync(join(dir, "README.md"), "being edited\n");
    const before = sh(dir, "status", "--porcelain=v2", "--branch");
    const played = await play(dir, { agent: playing([write("9"), write("12"), write("8")]) });
    expect(verdicts(played)).toEqual([
      "keep baseline",
      "keep judge",
      "discard judge",
      "keep judge",
      "discard exhausted",
    ]);
    expect(played.ending?.why).toBe("exhausted");
    expect(branch(dir)).toEqual(["act 3", "act 1", "the lab"]);
    expect(sh(dir, "rev-parse", "autoresearch/t").trim()).toBe(played.session.champion.commit);
    expect(sh(dir, "status", "--porcelain=v2", "--branch")).toBe(before);
    expect(sh(dir, "for-each-ref", "--format=%(refname)", "refs/nightyard/").trim().split("\n")).toEqual([
      "refs/nightyard/t/1",
      "refs/nightyard/t/2",
      "refs/nightyard/t/3",
    ]);
    expect(readdirSync(join(dir, ".nightyard/runs"))).toEqual([]);
    expect(sh(dir, "worktree", "list").trim().split("\n").length).toBe(1);
  });

  it("begins each proposal at the champion and tells the agent what came of the others", async () => {
    const agent = playing([write("9"), write("12"), write("8")]);
    const seen: string[] = [];
    const spy: Agent = {
      name: "spy",
      propose(turn) {
        seen.push(readFileSync(join(turn.dir, "value.txt"), "utf8"));
        return agent.propose(turn);
      },
    };
    await play(toy(), { agent: spy });
    expect(seen.map((text) => text.trim())).toEqual(["10", "9", "9", "8"]);
    expect(agent.turns[3]?.briefing.past.map((p) => [p.verdict, p.metric])).toEqual([
      ["keep", 9],
      ["discard", 12],
      ["keep", 8],
    ]);
  });

  it("ends at the number of experiments asked for, and goes on when more are asked for", async () => {
    const dir = toy();
    const first = await play(dir, { agent: playing([write("9"), write("8"), write("7")]), limits: { experiments: 2 } });
    expect(first.ending?.why).toBe("experiments");
    const second = await play(dir, { agent: playing([write("7")]), limits: { experiments: 3 } });
    expect(second.experiments.map((e) => e.number)).toEqual([0, 1, 2, 3]);
    expect(second.session.champion.experiment).toBe(3);
  });

  it("that ended because its agent had nothing left goes on with another agent", async () => {
    const dir = toy();
    expect((await play(dir, { agent: playing([write("9")]) })).ending?.why).toBe("exhausted");
    const played = await play(dir, { agent: playing([write("8")]), limits: { experiments: 3 } });
    expect(played.session.champion.experiment).toBe(3);
  });

  it("ends when its time is used up, counting the work of all sittings", async () => {
    const played = await play(toy(), { agent: playing(Array(50).fill(write("9"))), limits: { seconds: 0.001 } });
    expect(played.ending?.why).toBe("time");
    expect(played.experiments.length).toBe(1);
  });

  it("says when repeats are equal to the last digit, and leaves it to the person to declare it", async () => {
    const dir = toy(TOY_PROGRAM.replace(", deterministic: true", ""));
    const played = await play(dir, { agent: playing([write("9")]), limits: { experiments: 1 } });
    expect(played.entries.some((e) => e.event.type === "noted" && e.event.what === "looks deterministic")).toBe(true);
    expect(played.experiments[0]?.runs.length).toBe(3);
    expect(played.experiments[1]?.verdict).toMatchObject({ kind: "keep", label: "confirmed" });
  });

  it("measures noise from repeats of the baseline and runs an apparent win again", async () => {
    const program = TOY_PROGRAM.replace(", deterministic: true", "");
    const run = 'echo "score: $(cat value.txt)$((NIGHTYARD_SEED % 10))"\n';
    const dir = toy(program, { "value.txt": "100.00", "run.sh": run });
    const played = await play(dir, { agent: playing([write("100.01"), write("90.00")]), limits: { experiments: 2 } });
    expect(played.experiments[0]?.runs.map((r) => r.role)).toEqual(["baseline", "baseline", "baseline"]);
    expect(new Set(played.experiments[0]?.runs.map((r) => r.seed)).size).toBe(3);
    expect(played.experiments[2]?.verdict).toMatchObject({ kind: "keep", label: "confirmed" });
    expect(played.experiments[2]?.verdict?.numbers.sigma).toBeGreaterThan(0);
  });
});

describe("a proposal that is no good", () => {
  it("is refused outside the scope, recorded, and costs one experiment", async () => {
    const dir = toy();
    const cheat: Act = (turn) => {
      writeFileSync(join(turn.dir, "value.txt"), "9");
      writeFileSync(join(turn.dir, "run.sh"), "echo score: 0\n");
    };
    const played = await play(dir, { agent: playing([cheat, write("9")]) });
    expect(verdicts(played).slice(1, 3)).toEqual(["discard scope", "keep judge"]);
    expect(played.session.integrity).toBe(1);
    const event = played.entries.find((e) => e.event.type === "integrity")?.event;
    expect(event).toMatchObject({ what: "refused: out of scope", detail: "out of scope: run.sh" });
    expect(sh(dir, "show", "refs/nightyard/t/1-refused-0:value.txt")).toBe("9");
  });

  it("is not run when it changes nothing, or is the same as an earlier one", async () => {
    const played = await play(toy(), { agent: playing([() => ({}), write("12"), write("12"), write("10\n")]) });
    expect(verdicts(played).slice(1, 5)).toEqual([
      "discard no change",
      "discard judge",
      "discard duplicate",
      "discard no change",
    ]);
    expect(played.session.counts.runs).toBe(2);
  });

  it("is not run when a gate fails, and the gate's receipt stays", async () => {
    const program = TOY_PROGRAM.replace("---\nChange", 'gates: ["test $(cat value.txt) -gt 5", "true"]\n---\nChange');
    const played = await play(toy(program), { agent: playing([write("3"), write("8")]) });
    expect(verdicts(played).slice(1, 3)).toEqual(["discard gate", "keep judge"]);
    expect(played.experiments[1]?.receipts).toMatchObject([{ passed: false, exitCode: 1 }]);
    expect(played.experiments[1]?.runs).toEqual([]);
    expect(played.experiments[2]?.receipts?.map((r) => r.passed)).toEqual([true, true]);
  });

  it("is not kept when it breaks a guard or does not give the guard's number", async () => {
    const program = TOY_PROGRAM.replace("---\nChange", "guards: [latency <= 5]\n---\nChange");
    const run = 'echo "score: $(cat value.txt)"; cat latency.txt\n';
    const dir = toy(program.replace("[value.txt]", "[value.txt, latency.txt]"), {
      "run.sh": run,
      "latency.txt": "latency: 4",
    });
    const slow: Act = (turn) => {
      writeFiles(turn.dir, { "value.txt": "1", "latency.txt": "latency: 6" });
    };
    const silent: Act = (turn) => {
      writeFiles(turn.dir, { "value.txt": "1", "latency.txt": "" });
    };
    const played = await play(dir, { agent: playing([slow, silent, write("9")]) });
    expect(verdicts(played).slice(1, 4)).toEqual(["discard guard", "discard guard", "keep judge"]);
    expect(played.experiments[2]?.verdict?.reason).toContain("gave no latency");
  });
});

describe("a change of a seed", () => {
  const program = TOY_PROGRAM.replace("[value.txt]", "[value.txt, settings.py]");
  const files = { "settings.py": "SEED = 1\nLR = 1\n" };
  const reseed = write("SEED = 2\nLR = 1\n", "settings.py");

  it("is not run and never kept as an improvement, and neither is one that hides among others", async () => {
    const played = await play(toy(program, files), {
      agent: playing([reseed, write("SEED = 2\nLR = 9\n", "settings.py")]),
    });
    expect(verdicts(played).slice(1, 3)).toEqual(["discard seed", "discard seed"]);
    expect(played.experiments[1]?.proposal?.flags).toEqual(["only a seed changed"]);
    expect(played.experiments[1]?.runs).toEqual([]);
  });

  it("is only marked where program.md says so", async () => {
    const lab = toy(program.replace("run: sh run.sh", "run: sh run.sh\nrandomness: flag"), files);
    const played = await play(lab, { agent: playing([reseed]) });
    expect(verdicts(played)[1]).toBe("discard judge");
    expect(played.experiments[1]?.proposal?.flags).toEqual(["only a seed changed"]);
  });
});

describe("a simplification", () => {
  it("that is exactly as good is kept, and one that only deletes comments is not", async () => {
    const program = TOY_PROGRAM.replace("[value.txt]", "[value.txt, code.py]");
    const code = "# why\na = 1\nb = 2\n";
    const dir = toy(program, { "code.py": code });
    const agent = playing([write("a = 1\nb = 2\n", "code.py"), write("# why\na = 1\n", "code.py")]);
    const played = await play(dir, { agent });
    expect(verdicts(played).slice(1, 3)).toEqual(["discard judge", "keep judge"]);
    expect(played.experiments[2]?.verdict).toMatchObject({ reason: "tie, simpler", label: "confirmed" });
  });
});

describe("the end of a session", () => {
  const noisy = {
    "run.sh": 'echo "score: $(cat value.txt)$((NIGHTYARD_SEED % 10))"\n',
    "value.txt": "100.00",
  };
  const program = TOY_PROGRAM.replace(", deterministic: true", "");

  it("makes fresh runs of baseline and champion, interleaved, that weigh in nothing else", async () => {
    const dir = toy(program, noisy);
    const limits = { experiments: 1 };
    const played = await play(dir, { agent: playing([write("90.00")]), limits, confirmRuns: 3 });
    const order = played.entries.flatMap((e) =>
      e.event.type === "run-asked" && e.event.role === "confirm" ? [e.event.experiment] : [],
    );
    expect(order).toEqual([0, 1, 1, 0, 0, 1]);
    expect(played.session.confirmation).toMatchObject({ experiment: 1, gain: { gain: expect.closeTo(10, 1) } });
    expect(played.session.evidence.groups.map((g) => g.scores.length)).toEqual([1]);
    const again = await play(dir, { agent: playing([]), limits, confirmRuns: 3 });
    expect(again.session.counts.runs).toBe(played.session.counts.runs);
  });

  it("confirms nothing when nothing was kept", async () => {
    const played = await play(toy(program, noisy), {
      agent: playing([write("110.0")]),
      limits: { experiments: 1 },
      confirmRuns: 3,
    });
    expect(played.session.confirmation).toBeUndefined();
    expect(played.ending?.why).toBe("experiments");
  });

  it("says that it cannot tell when the fresh runs give no number", async () => {
    const run = 'if [ -e "$HOME/broken" ]; then exit 1; fi; echo "score: $(cat value.txt)$((NIGHTYARD_SEED % 10))"\n';
    const dir = toy(program.replace("run: sh run.sh", "run: HOME=../../.. sh run.sh"), { ...noisy, "run.sh": run });
    const onEvent = (entry: { event: { type: string; experiment?: number | undefined } }) => {
      if (entry.event.type === "judged" && entry.event.experiment === 1) writeFileSync(join(dir, "broken"), "");
    };
    const played = await play(dir, {
      agent: playing([write("90.00")]),
      limits: { experiments: 1 },
      confirmRuns: 1,
      onEvent,
    });
    expect(played.session.confirmation).toMatchObject({ baseline: [], champion: [] });
    expect(played.session.confirmation?.gain).toBeUndefined();
  });
});

describe("a run that gives no number", () => {
  const outputs: readonly (readonly [string, string, RegExp])[] = [
    ["prints NaN", 'echo "score: nan"', /nan/],
    ["prints 1e999", 'echo "score: 1e999"', /1e999/],
    ["prints nothing", "true", /printed no/],
    ["exits 3", 'echo "score: 1"; exit 3', /exit code 3/],
    ["prints binary", "head -c 100000 /dev/urandom", /printed no/],
  ];
  for (const [title, script, why] of outputs) {
    it(`is a crash and never a number when it ${title}`, async () => {
      const run = `if [ "$(cat value.txt)" = bad ]; then ${script}; else echo "score: $(cat value.txt)"; fi\n`;
      const played = await play(toy(TOY_PROGRAM, { "run.sh": run, "value.txt": "10" }), {
        agent: playing([write("bad"), () => ({ kind: "noChange" }), write("9")]),
      });
      expect(verdicts(played).slice(1, 3)).toEqual(["crash crash", "keep judge"]);
      expect(played.experiments[1]?.verdict?.reason).toMatch(why);
      expect(played.experiments[1]?.runs[0]?.measurement?.metric).toBeUndefined();
    });
  }

  it("gets one repair turn, with the end of the log, and both proposals stay reachable", async () => {
    const run =
      'if [ "$(cat value.txt)" = bad ]; then echo "boom \u001b[31mred"; exit 1; fi; echo "score: $(cat value.txt)"\n';
    const dir = toy(TOY_PROGRAM, { "run.sh": run, "value.txt": "10" });
    const agent = playing([write("bad"), write("9")]);
    const played = await play(dir, { agent });
    expect(agent.turns[1]?.briefing.crashLog).toBe("boom red");
    expect(played.experiments[1]?.verdict).toMatchObject({ kind: "keep", rule: "judge" });
    expect(sh(dir, "show", "refs/nightyard/t/1:value.txt")).toBe("bad");
    expect(sh(dir, "show", "refs/nightyard/t/1-repair-1:value.txt")).toBe("9");
    expect(branch(dir)).toEqual(["act 2", "the lab"]);
  });

  it("of the unchanged lab ends the session with the reason", async () => {
    const played = await play(toy(TOY_PROGRAM, { "run.sh": "echo broken; exit 1\n" }), { agent: playing([]) });
    expect(played.ending).toMatchObject({ why: "baseline", detail: expect.stringContaining("exit code 1") });
  });

  it("that times out is told apart", async () => {
    const program = TOY_PROGRAM.replace("timeout: 20s", "timeout: 1s").replace("budget: 1s", "budget: 0.5s");
    const run = 'if [ "$(cat value.txt)" = bad ]; then sleep 60; fi; echo "score: $(cat value.txt)"\n';
    const played = await play(toy(program, { "run.sh": run, "value.txt": "10" }), {
      agent: playing([write("bad"), () => ({ kind: "noChange" })]),
    });
    expect(played.experiments[1]?.runs[0]?.outcome?.kind).toBe("timedOut");
    expect(played.experiments[1]?.verdict?.kind).toBe("crash");
  });
});

describe("an evaluator", () => {
  const program = TOY_PROGRAM.replace("run: sh run.sh", "run: sh run.sh\nevaluate: sh evaluate.sh");
  const files = {
    "run.sh": 'cat value.txt > artefact; echo "score: 0"; echo "METRIC score=0"; echo "METRIC speed=7"\n',
    "evaluate.sh": 'echo "score: $(cat "$NIGHTYARD_RUN_DIR/artefact")"\n',
  };

  it("decides alone: what the run prints under the metric's name is kept apart", async () => {
    const played = await play(toy(program, files), { agent: playing([write("9")]) });
    expect(played.experiments[1]?.runs[0]?.measurement).toMatchObject({
      metric: 9,
      provenance: "evaluated",
      extra: { reported_score: 0, speed: 7 },
    });
  });

  it("runs from the sealed copy: a run that overwrites it is void, noticed, and the next one is measured right", async () => {
    const evil = `${files["run.sh"]}
      if [ "$(cat value.txt)" = 5 ]; then for f in ../../sealed/*/evaluate.sh; do chmod u+w "$f"; echo 'echo score: 0' > "$f"; done; fi\n`;
    const played = await play(toy(program, { ...files, "run.sh": evil }), { agent: playing([write("5"), write("9")]) });
    expect(verdicts(played).slice(1, 3)).toEqual(["discard integrity", "keep judge"]);
    expect(played.experiments[2]?.runs[0]?.measurement?.metric).toBe(9);
    expect(played.session.integrity).toBe(1);
  });

  it("that fails says so and gives no number", async () => {
    const broken = {
      ...files,
      "evaluate.sh":
        'if [ "$(cat "$NIGHTYARD_RUN_DIR/artefact")" = 5 ]; then echo bad model >&2; exit 1; fi; echo "score: 10"\n',
    };
    const played = await play(toy(program, broken), { agent: playing([write("5"), () => ({ kind: "noChange" })]) });
    expect(played.experiments[1]?.verdict).toMatchObject({
      kind: "crash",
      reason: expect.stringContaining("bad model"),
    });
  });
});

describe("prepare", () => {
  it("runs once for a state of the frozen files, and only the evaluator sees held-out data", async () => {
    const program = TOY_PROGRAM.replace(
      "run: sh run.sh",
      "prepare: sh prepare.sh\nrun: sh run.sh\nevaluate: sh evaluate.sh",
    );
    const dir = toy(program, {
      "prepare.sh": 'echo once >> "$NIGHTYARD_DATA/count"; echo 1 > "$NIGHTYARD_HELD_OUT/secret"\n',
      "run.sh": 'cat "$NIGHTYARD_DATA/count"; test -z "$NIGHTYARD_HELD_OUT"; cp value.txt artefact\n',
      "evaluate.sh": 'test -f "$NIGHTYARD_HELD_OUT/secret" && echo "score: $(cat "$NIGHTYARD_RUN_DIR/artefact")"\n',
    });
    await play(dir, { agent: playing([write("9")]), limits: { experiments: 1 } });
    await play(dir, { agent: playing([write("8")]), limits: { experiments: 2 } });
    const keys = readdirSync(join(dir, ".nightyard/data"));
    expect(keys.length).toBe(1);
    expect(readFileSync(join(dir, ".nightyard/data", keys[0] ?? "", "data/count"), "utf8")).toBe("once\n");
  });
});

describe("a person's edit of program.md", () => {
  it("counts from the next experiment, and its hash is in the ledger", async () => {
    const dir = toy();
    const edit: Act = (turn) => {
      writeFileSync(join(dir, "program.md"), TOY_PROGRAM.replace("Change the number", "Please change the number"));
      writeFileSync(join(turn.dir, "value.txt"), "9");
    };
    const agent = playing([edit, write("8")]);
    const played = await play(dir, { agent });
    expect(agent.turns[0]?.briefing.program).toContain("Change the number");
    expect(agent.turns[1]?.briefing.program).toContain("Please change");
    expect(new Set(played.experiments.map((e) => e.program)).size).toBe(2);
  });

  it("with a mistake, or of what is measured, is refused and the old one stays in force", async () => {
    const dir = toy();
    const edits = [
      TOY_PROGRAM.replace("budget: 1s", "budget: soon"),
      TOY_PROGRAM.replace("name: score", "name: other"),
    ];
    const edit =
      (n: number): Act =>
      (turn) => {
        writeFileSync(join(dir, "program.md"), edits[n] ?? "");
        writeFileSync(join(turn.dir, "value.txt"), String(9 - n));
      };
    const played = await play(dir, { agent: playing([edit(0), edit(1)]) });
    expect(verdicts(played).slice(0, 3)).toEqual(["keep baseline", "keep judge", "keep judge"]);
    expect(played.entries.filter((e) => e.event.type === "program-refused").length).toBe(2);
  });
});

describe("an agent that misbehaves", () => {
  it("costs one experiment when it throws, quits or refuses, and pauses the session after five in a row", async () => {
    const acts: Act[] = [
      () => {
        throw new Error("kaput");
      },
      () => ({ kind: "refused", why: "shall I go on?" }),
      write("9"),
      ...Array<Act>(9).fill(() => ({ kind: "failed", why: "no" })),
    ];
    const played = await play(toy(), { agent: playing(acts) });
    expect(verdicts(played).slice(1, 4)).toEqual(["discard agent", "discard agent", "keep judge"]);
    expect(played.ending?.why).toBe("agent");
    expect(played.experiments.length).toBe(9);
  });

  it("that is rate-limited is waited for, and asked again in the same experiment", async () => {
    const until = new Date(Date.now() + 300).toISOString();
    const played = await play(toy(), { agent: playing([() => ({ kind: "rateLimited", until }), write("9")]) });
    expect(played.experiments[1]?.turns.map((t) => t.kind)).toEqual(["rateLimited", "proposed"]);
    expect(verdicts(played)[1]).toBe("keep judge");
  });

  it("cannot leave a hook or a setting in the person's repository", async () => {
    const dir = toy();
    const plant: Act = (turn) => {
      mkdirSync(join(dir, ".git/hooks"), { recursive: true });
      writeFileSync(join(dir, ".git/hooks/post-commit"), "#!/bin/sh\n", { mode: 0o755 });
      writeFileSync(join(turn.dir, "value.txt"), "1");
    };
    const played = await play(dir, { agent: playing([plant, write("9")]) });
    expect(existsSync(join(dir, ".git/hooks/post-commit"))).toBe(false);
    expect(verdicts(played).slice(1, 3)).toEqual(["discard agent", "keep judge"]);
    expect(played.session.integrity).toBe(1);
  });
});

describe("a session that is interrupted", () => {
  /** Stops after each event in turn, and goes on, until the session ends by itself. */
  it("goes on after a stop at any event, to the same result, with no number twice or missing", async () => {
    const dir = toy();
    const acts = [write("9"), write("12"), write("8")];
    const values = new Map<number, Act>(acts.map((act, i) => [i + 1, act]));
    const agent = {
      name: "by number",
      propose: (turn: Parameters<Act>[0]) =>
        playing([values.get(turn.briefing.experiment) ?? (() => ({}))]).propose(turn),
    };
    let last = await play(dir, { agent, limits: { experiments: 3 }, signal: stopAfter(1).signal });
    for (let events = 2; last.ending === undefined && events < 200; events++) {
      const stop = stopAfter(2);
      last = await play(dir, { agent, limits: { experiments: 3 }, signal: stop.signal, onEvent: stop.onEvent });
    }
    expect(verdicts(last)).toEqual(["keep baseline", "keep judge", "discard judge", "keep judge"]);
    expect(branch(dir)).toEqual(["act 1", "act 1", "the lab"]);
    const done = last.experiments.flatMap((e) =>
      e.runs.filter((r) => r.measurement?.metric !== undefined).map(() => e.number),
    );
    expect(done).toEqual([0, 1, 2, 3]);
  });

  it("goes on when its worktrees and runs were deleted by hand, and after git gc", async () => {
    const dir = toy();
    await play(dir, { agent: playing([write("9")]), limits: { experiments: 1 } });
    for (const folder of ["worktrees", "runs", "sealed"]) {
      rmSync(join(dir, ".nightyard", folder), { recursive: true, force: true });
    }
    sh(dir, "gc", "--quiet", "--prune=now");
    const played = await play(dir, { agent: playing([write("8")]), limits: { experiments: 2 } });
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "keep judge"]);
  });
});

/** Aborts after so many events. */
function stopAfter(events: number): { readonly signal: AbortSignal; readonly onEvent: () => void } {
  const controller = new AbortController();
  let seen = 0;
  if (events <= 1) setTimeout(() => controller.abort(new Error("stopped")), 5);
  const onEvent = () => {
    seen += 1;
    if (seen >= events) controller.abort(new Error("stopped"));
  };
  return { signal: controller.signal, onEvent };
}

it("makes no file outside the lab's state folder", async () => {
  const dir = toy();
  const outside = tempDir();
  await play(dir, { agent: playing([write("9")]) });
  expect(readdirSync(outside)).toEqual([]);
  expect(readdirSync(dir).toSorted()).toEqual([".git", ".nightyard", "README.md", "program.md", "run.sh", "value.txt"]);
});
