/**
 * Cheats with a model, against the evaluator of labs/nano-gpt and through the real loop, in one session: models that
 * look into the future, answer what is no number, have other shapes or lie outside their folder. The last proposal is
 * honest, a table of how often each byte occurs, and is kept.
 *
 * The runs write a model that was made here; nothing is trained, so a run takes seconds.
 */
import { cpSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { add, constant, embedding, exportModel, input, multiply } from "nightyard/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { badModels, uniformModel } from "../labs/models.ts";
import { makeRepo, removeTemps, tempDir, writeFiles } from "../support/repo.ts";
import { type Act, play, playing } from "../support/toy.ts";
import { eventsOf } from "./cheat.ts";

afterAll(removeTemps);

const LAB = resolve(import.meta.dirname, "../../labs/nano-gpt");

/** A train.ts that leaves this model. */
function trainOf(model: Uint8Array): string {
  const text = Buffer.from(model).toString("base64");
  return `import { writeFileSync } from "node:fs";
writeFileSync("model.onnx", Buffer.from("${text}", "base64"));
`;
}

function nanoGpt(): string {
  const dir = tempDir();
  const wanted = (path: string) => !/[\\/](node_modules|\.nightyard[^\\/]*|data)$/.test(path.slice(LAB.length));
  cpSync(LAB, dir, { recursive: true, filter: wanted });
  const program = readFileSync(join(LAB, "program.md"), "utf8")
    .replace("goal: minimize }", "goal: minimize, deterministic: true }")
    .replace("confirm-runs: 3\n", "confirm-runs: 0\nrepair-turns: 0\n");
  return makeRepo({ "program.md": program, "train.ts": trainOf(uniformModel()) }, dir);
}

const leaves =
  (train: string): Act =>
  (turn) => {
    writeFiles(turn.dir, { "train.ts": train });
  };

/** Bets on each byte as often as it occurs in English: here, blanks and a few letters. */
function frequencies(): Uint8Array {
  const tokens = input("tokens", [16, 256], "int32");
  const nothing = multiply(embedding(constant(new Float32Array(256 * 256), [256, 256]), tokens), 0);
  const often = new Map([...` ${"etaoinshrdlucmfywgpbvk"}`].map((letter, i) => [letter.charCodeAt(0), 6 - i / 8]));
  const row = Float32Array.from({ length: 256 }, (_, byte) => often.get(byte) ?? 0);
  return exportModel({ logits: add(nothing, constant(row, [256])) });
}

const LINK = `import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
mkdirSync("elsewhere");
writeFileSync("elsewhere/model.onnx", "covert");
symlinkSync("elsewhere/model.onnx", "model.onnx");
`;

describe("a model", () => {
  it("that cheats is refused by name, gets no figure, and the night goes on", async () => {
    const cheats: Readonly<Record<string, string>> = {
      ...Object.fromEntries(Object.entries(badModels).map(([name, { model }]) => [name, trainOf(model())])),
      "is a link to a covert file": LINK,
      "is not there, but its figure is printed": 'console.log("METRIC val_bpb=0.5");\n',
      "knows nothing and claims much": `${trainOf(uniformModel())}console.log("METRIC val_bpb=0.5");\n`,
    };
    const acts = [...Object.values(cheats), trainOf(frequencies())].map(leaves);
    const played = await play(nanoGpt(), { agent: playing(acts), limits: { experiments: acts.length } });
    if (played.error !== undefined) throw played.error;
    expect(played.experiments[0]?.runs[0]?.measurement?.metric).toBe(8);
    for (const [i, name] of Object.keys(cheats).entries()) {
      const e = played.experiments[i + 1];
      const claimsOnly = name.includes("claims");
      expect([name, e?.verdict?.kind]).toEqual([name, claimsOnly ? "discard" : "crash"]);
      expect([name, e?.runs[0]?.measurement?.metric]).toEqual([name, claimsOnly ? 8 : undefined]);
      const event = claimsOnly ? /^false claim: / : /^refused by the evaluator: /;
      expect(`${name}: ${eventsOf(played.entries, i + 1).join()}`).toMatch(
        new RegExp(`${name}: ${event.source.slice(1)}`),
      );
    }
    const honest = played.experiments.at(-1);
    expect(honest?.verdict?.kind).toBe("keep");
    expect(honest?.runs[0]?.measurement?.metric).toBeLessThan(6);
    expect(eventsOf(played.entries, acts.length)).toEqual([]);
  }, 300_000);
});
