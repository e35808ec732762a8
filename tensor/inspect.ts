/**
 * Reads an ONNX file as data, without executing it: what it takes and answers, which operators it uses, and whether it
 * refers to anything outside itself. For checking a file that someone else wrote, before it is opened.
 */
import { decodeModel, type GraphProto, type TensorProto, type ValueInfoProto } from "./onnx-schema.ts";

/** A declared input or output. A size that is not fixed is undefined. */
export interface Port {
  readonly name: string;
  /** Number of the element type in the ONNX format: 1 is float32, 6 is int32. */
  readonly elementType: number;
  readonly shape: readonly (number | undefined)[];
}

/** What a model file says about itself. */
export interface ModelFacts {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Each operator once, sorted: "MatMul", "com.microsoft:FusedMatMul". */
  readonly operators: readonly string[];
  /** Parts that need more than this file or that hide code in it: "external data", "functions", "graph in a graph" … */
  readonly unusual: readonly string[];
}

/** The facts about a model. Throws when the bytes are no ONNX model. */
export function inspectModel(bytes: Uint8Array): ModelFacts {
  const { graph, functions = [], trainingInfo = [] } = decodeModel(bytes);
  if (graph === undefined) throw new Error("the file holds no graph");
  const attributes = graph.node.flatMap((node) => node.attribute ?? []);
  const tensors = [
    ...graph.initializer,
    ...attributes.flatMap(({ t, tensors = [] }) => (t ? [t, ...tensors] : tensors)),
  ];
  const signs: readonly (readonly [string, boolean])[] = [
    ["external data", tensors.some(isExternal)],
    ["functions", functions.length > 0],
    ["training info", trainingInfo.length > 0],
    ["graph in a graph", attributes.some(({ g, graphs = [] }) => g !== undefined || graphs.length > 0)],
    ["sparse tensors", (graph.sparseInitializer ?? []).length > 0 || attributes.some(hasSparse)],
  ];
  return {
    inputs: freeInputs(graph).map(port),
    outputs: graph.output.map(port),
    operators: [...new Set(graph.node.map(({ domain, opType }) => (domain ? `${domain}:${opType}` : opType)))].sort(),
    unusual: signs.filter(([, found]) => found).map(([name]) => name),
  };
}

/** Older files list stored weights among the inputs, too. */
function freeInputs(graph: GraphProto): readonly ValueInfoProto[] {
  const stored = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !stored.has(name));
}

function isExternal(tensor: TensorProto): boolean {
  return (tensor.externalData ?? []).length > 0 || (tensor.dataLocation ?? 0) !== 0;
}

function hasSparse(attribute: {
  readonly sparseTensor?: Uint8Array;
  readonly sparseTensors?: readonly Uint8Array[];
}): boolean {
  return attribute.sparseTensor !== undefined || (attribute.sparseTensors ?? []).length > 0;
}

function port({ name, type }: ValueInfoProto): Port {
  const sizes = type?.tensorType?.shape?.dim ?? [];
  return { name, elementType: type?.tensorType?.elemType ?? 0, shape: sizes.map(({ dimValue }) => dimValue) };
}
