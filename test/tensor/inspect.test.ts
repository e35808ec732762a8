/**
 * What an untrusted ONNX file refers to or hides is seen before it is opened.
 */
import { add, exportModel, input, inspectModel, matmul, variable } from "nightyard/tensor";
import { describe, expect, it } from "vitest";
import { decodeModel, encodeModel, type ModelProto } from "../../tensor/onnx-schema.ts";

const plain = exportModel({ y: add(matmul(input("x", [2, 3]), variable("w", [3, 4], 1), { scale: 2 }), 1) });

function changed(change: (model: ModelProto) => ModelProto): Uint8Array {
  return encodeModel(change(decodeModel(plain)));
}

function withAttribute(extra: object): Uint8Array {
  return changed((model) => {
    const [first, ...rest] = model.graph.node;
    const attribute = [...first!.attribute, { name: "extra", type: 5, ...extra }];
    return { ...model, graph: { ...model.graph, node: [{ ...first!, attribute }, ...rest] } };
  });
}

const external = { dims: [1], dataType: 1, dataLocation: 1, name: "far", externalData: [new Uint8Array([10, 1, 97])] };
const empty = { name: "inner", node: [], initializer: [], input: [], output: [] };

describe("inspectModel", () => {
  it("lists inputs, outputs and operators", () => {
    expect(inspectModel(plain)).toEqual({
      inputs: [{ name: "x", elementType: 1, shape: [2, 3] }],
      outputs: [{ name: "y", elementType: 1, shape: [2, 4] }],
      operators: ["Add", "com.microsoft:FusedMatMul"],
      unusual: [],
    });
  });

  it.each([
    [
      "external data in a weight",
      changed((m) => ({ ...m, graph: { ...m.graph, initializer: [external] } })),
      "external data",
    ],
    ["external data in an attribute", withAttribute({ t: external }), "external data"],
    ["external data in a list", withAttribute({ tensors: [external] }), "external data"],
    ["a graph in an attribute", withAttribute({ g: empty }), "graph in a graph"],
    ["a list of graphs", withAttribute({ graphs: [empty] }), "graph in a graph"],
    ["functions", changed((m) => ({ ...m, functions: [new Uint8Array([10, 0])] })), "functions"],
    ["training info", changed((m) => ({ ...m, trainingInfo: [new Uint8Array([10, 0])] })), "training info"],
    ["sparse weights", withAttribute({ sparseTensor: new Uint8Array([10, 0]) }), "sparse tensors"],
  ])("sees %s", (_, bytes, sign) => {
    expect(inspectModel(bytes).unusual).toContain(sign);
  });

  it("throws for bytes that are no model", () => {
    expect(() => inspectModel(new Uint8Array([255, 255, 255]))).toThrow();
    expect(() => inspectModel(new Uint8Array())).toThrow("the file holds no graph");
  });
});
