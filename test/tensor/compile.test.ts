/**
 * A compiled step computes, remembers and forgets as documented, and a trained model survives as a file.
 */
import {
  add,
  compile,
  constant,
  crossEntropy,
  embedding,
  exportModel,
  grad,
  input,
  matmul,
  mean,
  multiply,
  openModel,
  random,
  square,
  subtract,
  sum,
  threadsFromEnvironment,
  variable,
} from "nightyard/tensor";
import { describe, expect, it } from "vitest";

const one = { threads: 1 } as const;

describe("a step", () => {
  it("answers its outputs and keeps the new values of variables", async () => {
    const count = variable("count", [], 5);
    const step = await compile({ outputs: { double: multiply(count, 2) }, updates: [[count, add(count, 1)]], ...one });
    expect(Array.from((await step.run({})).double!)).toEqual([10]);
    expect(Array.from((await step.run({})).double!)).toEqual([12]);
    expect(Array.from(step.value(count))).toEqual([7]);
  });

  it("lets all updates see the old values", async () => {
    const [a, b] = [variable("a", [], 1), variable("b", [], 2)];
    const step = await compile({
      outputs: {},
      updates: [
        [a, b],
        [b, a],
      ],
      ...one,
    });
    await step.run({});
    expect([step.value(a)[0], step.value(b)[0]]).toEqual([2, 1]);
    await step.run({});
    expect([step.value(a)[0], step.value(b)[0]]).toEqual([1, 2]);
  });

  it("answers one tensor under two names, and inputs and constants as they are", async () => {
    const x = input("x", [2]);
    const y = add(x, 1);
    const step = await compile({ outputs: { y, again: y, x_out: x, c: constant(3, [2]) }, ...one });
    const results = await step.run({ x: Float32Array.of(1, 2) });
    expect(Object.entries(results).map(([name, values]) => [name, ...values])).toEqual([
      ["y", 2, 3],
      ["again", 2, 3],
      ["x_out", 1, 2],
      ["c", 3, 3],
    ]);
  });

  it("finds the line through points by gradient descent", async () => {
    const [x, y] = [input("x", [8, 1]), input("y", [8, 1])];
    const [slope, height] = [variable("slope", [1, 1], 0), variable("height", [1], 0)];
    const loss = mean(square(subtract(add(matmul(x, slope), height), y)));
    const [bySlope, byHeight] = grad(loss, [slope, height]);
    const step = await compile({
      outputs: { loss },
      updates: [
        [slope, subtract(slope, multiply(bySlope!, 0.1))],
        [height, subtract(height, multiply(byHeight!, 0.1))],
      ],
      ...one,
    });
    const stream = random(3);
    for (let i = 0; i < 200; i++) {
      const points = Float32Array.from({ length: 8 }, () => stream.normal());
      await step.run({ x: points, y: points.map((value) => 3 * value - 2) });
    }
    expect(step.value(slope)[0]).toBeCloseTo(3, 3);
    expect(step.value(height)[0]).toBeCloseTo(-2, 3);
  });

  it("gives a variable that the loss does not depend on a gradient of zeros", async () => {
    const unused = variable("unused", [2], 1);
    const step = await compile({ outputs: { g: grad(sum(square(input("x", [2]))), [unused])[0]! }, ...one });
    expect(Array.from((await step.run({ x: Float32Array.of(1, 2) })).g!)).toEqual([0, 0]);
  });

  it("differentiates a gradient once more", async () => {
    const x = input("x", [3]);
    const slope = grad(sum(multiply(x, square(x))), [x])[0]!;
    const step = await compile({ outputs: { second: grad(sum(slope), [x])[0]! }, ...one });
    expect(Array.from((await step.run({ x: Float32Array.of(1, 2, -1) })).second!)).toEqual([6, 12, -6]);
  });

  it("refuses feeds and updates that do not fit, by name", async () => {
    const x = input("x", [2]);
    const w = variable("w", [2], 0);
    const step = await compile({ outputs: { y: add(x, 1) }, ...one });
    await expect(compile({ outputs: { x } })).rejects.toThrow('output "x" has the name of an input');
    await expect(step.run({})).rejects.toThrow('input "x" is missing');
    await expect(step.run({ x: new Float32Array(3) })).rejects.toThrow('input "x" needs 2 elements for [2], found 3');
    await expect(compile({ outputs: {}, updates: [[w, constant(0)]] })).rejects.toThrow(
      'update of "w": the new value has another shape: [2] and []',
    );
    await expect(compile({ outputs: {}, updates: [[x, x]] })).rejects.toThrow("a input cannot be assigned to");
    await expect(compile({ outputs: { y: add(w, variable("w", [2], 1)) } })).rejects.toThrow(
      'two tensors are named "w"',
    );
    expect(() => step.value(w)).toThrow('no variable "w"');
  });

  it("says which devices there are when the wanted one is missing", async () => {
    const outputs = { y: add(input("x", []), 1) };
    await expect(compile({ outputs, device: "coreml" })).rejects.toThrow(/device "coreml" is not in .*: cpu/);
  });
});

describe("threads", () => {
  it("come from NIGHTYARD_THREADS, which must be a count", () => {
    expect(threadsFromEnvironment({ NIGHTYARD_THREADS: "3" })).toBe(3);
    expect(threadsFromEnvironment({})).toBeGreaterThan(0);
    for (const wrong of ["0", "-1", "two", "1.5"]) {
      expect(() => threadsFromEnvironment({ NIGHTYARD_THREADS: wrong })).toThrow(`found "${wrong}"`);
    }
  });
});

describe("a model file", () => {
  it("holds the trained values and computes what the step computed", async () => {
    const table = variable(
      "table",
      [4, 4],
      Float32Array.from({ length: 16 }, (_, i) => Math.sin(i)),
    );
    const ids = input("ids", [3], "int32");
    const logits = embedding(table, ids);
    const loss = crossEntropy(logits, input("targets", [3], "int32"));
    const next = subtract(table, grad(loss, [table])[0]!);
    const step = await compile({ outputs: { logits }, updates: [[table, next]], ...one });
    await step.run({ ids: Int32Array.of(0, 1, 2), targets: Int32Array.of(1, 2, 3) });
    const model = await openModel(exportModel({ logits }, step), one);
    const trained = Array.from(step.value(table));
    expect(Array.from((await model.run({ ids: Int32Array.of(0, 1, 2) })).logits!)).toEqual(trained.slice(0, 12));
    await step.run({ ids: Int32Array.of(0, 1, 2), targets: Int32Array.of(1, 2, 3) });
    expect(Array.from((await model.run({ ids: Int32Array.of(0, 1, 2) })).logits!)).toEqual(trained.slice(0, 12));
    await expect(model.run({ other: 1 })).rejects.toThrow('no input "other"');
  });
});

describe("random numbers", () => {
  it("depend on the seed alone, and nearby seeds differ", () => {
    const draw = (seed: number) => Array.from({ length: 4 }, random(seed).uniform);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("have the mean and the spread they should", () => {
    const stream = random(0);
    const values = Array.from({ length: 20_000 }, () => stream.normal());
    const average = values.reduce((a, b) => a + b) / values.length;
    expect(average).toBeCloseTo(0, 1);
    expect(values.reduce((a, b) => a + (b - average) ** 2, 0) / values.length).toBeCloseTo(1, 1);
    const bytes = Array.from({ length: 20_000 }, () => stream.integer(3));
    expect([0, 1, 2].map((i) => Math.round(bytes.filter((value) => value === i).length / 1000))).toEqual([7, 7, 7]);
  });
});
