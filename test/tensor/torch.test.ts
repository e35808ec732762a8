/**
 * The lab's model trains along the same curve in nightyard/tensor and in PyTorch, from equal weights and batches.
 *
 * Skips itself, loudly, on a machine without PyTorch.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { randomBeginning } from "../../bench/tokens/beginning.ts";
import { ours } from "../../bench/tokens/ours.ts";
import { INSTALL_LINE, peer, torchVersion } from "../../bench/tokens/peer.ts";
import { labShapes } from "../../bench/tokens/shapes.ts";
import { component } from "../support/component.ts";

const version = torchVersion();
const present = component(version !== undefined, "PyTorch, to compare with,", INSTALL_LINE);

describe.skipIf(!present)("against PyTorch", () => {
  it("the losses of a whole training agree to a thousandth of a nat", { timeout: 300_000 }, async () => {
    const shapes = { ...labShapes(), depth: 2, rows: 2, length: 160 };
    const beginning = randomBeginning(shapes, 40);
    const folder = mkdtempSync(join(tmpdir(), "nightyard-curves-"));
    const engines = [
      await ours(shapes, beginning, 1),
      peer(shapes, beginning, { threads: 1, mode: "eager", folder }),
    ] as const;
    const [mine, theirs] = [await engines[0].steps(40), await engines[1].steps(40)];
    await Promise.all(engines.map((engine) => engine.close()));
    const gaps = mine.losses.map((loss, i) => Math.abs(loss - theirs.losses[i]!));
    expect(mine.losses[39]).toBeLessThan(mine.losses[0]! - 1);
    expect(Math.max(...gaps)).toBeLessThan(1e-3);
  });
});
