/**
 * A trained model as data: an inference graph with its weights in one ONNX file, written, inspected and executed.
 */
import ort from "onnxruntime-node";
import type { Feeds, Step } from "./compile.ts";
import { type ExecuteOptions, openSession } from "./device.ts";
import { emit } from "./emit.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The bytes of an ONNX model that computes `outputs`, with the variables' present values from `step` stored inside.
 * A variable the step does not know keeps its initial value.
 */
export function exportModel(outputs: Readonly<Record<string, Tensor>>, step?: Step): Uint8Array {
  return emit({ outputs, stored: (variable) => (step ? step.value(variable) : initialOf(variable)) }).bytes;
}

/** A model opened for execution. */
export interface Model {
  /** Computes all outputs. Inputs are row-major; their shapes are those the model declares. */
  run(feeds: Feeds): Promise<Readonly<Record<string, Float32Array>>>;
  dispose(): Promise<void>;
}

/** Opens the bytes of an ONNX model whose input shapes are fixed, such as `exportModel` writes. */
export async function openModel(bytes: Uint8Array, options: ExecuteOptions = {}): Promise<Model> {
  const session = await openSession(bytes, options);
  const shapes = new Map(
    session.inputMetadata.map((meta) => [meta.name, meta.isTensor ? (meta.shape as readonly number[]) : []]),
  );
  return {
    async run(feeds) {
      const given = Object.entries(feeds).map(([name, data]) => {
        const shape = shapes.get(name);
        if (shape === undefined) throw new Error(`run: the model has no input "${name}"`);
        const values = typeof data === "number" ? Float32Array.of(data) : data;
        const type = values instanceof Int32Array ? "int32" : "float32";
        return [name, new ort.Tensor(type, values, shape)] as const;
      });
      const results = await session.run(Object.fromEntries(given));
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, value.data as Float32Array]));
    },
    dispose: () => session.release(),
  };
}

function initialOf(variable: Tensor): Float32Array {
  if (variable.node.kind !== "variable") throw new Error("exportModel: not a variable");
  return variable.node.initial;
}
