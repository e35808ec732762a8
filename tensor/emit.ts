/**
 * From recorded tensors to an ONNX model: names every value, writes each operation once, after its inputs.
 */
import {
  type AttributeProto,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx-schema.ts";
import type { Attribute, DType, Node, OperationNode, Tensor, TensorData } from "./tensor.ts";

/** The version of the standard operators that graphs are written for. */
const OPSET = 21;
const IR_VERSION = 10;
const ELEMENT_TYPE: Readonly<Record<DType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };
/** Uniform constants above this many elements are written as their value and shape. */
const LARGE = 64;

/** What a graph is to hold. */
export interface GraphSpec {
  /** Values to compute, by the name they get in the graph. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Answers the value of a variable that is to be stored in the graph; undefined makes the variable a graph input. */
  readonly stored?: ((variable: Tensor) => Float32Array) | undefined;
}

/** The bytes of an ONNX model, and the tensors that have to be fed, by name. */
export interface Emitted {
  readonly bytes: Uint8Array;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly variables: ReadonlyMap<string, Tensor>;
  readonly nodeCount: number;
}

interface Writer {
  readonly names: Map<Node, readonly string[]>;
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  readonly shared: Map<string, string>;
  readonly inputs: Map<string, Tensor>;
  readonly variables: Map<string, Tensor>;
}

/** Writes the graph that computes `spec.outputs`. Throws when two inputs or variables share a name. */
export function emit(spec: GraphSpec): Emitted {
  const writer: Writer = {
    names: new Map(),
    nodes: [],
    initializers: [],
    shared: new Map(),
    inputs: new Map(),
    variables: new Map(),
  };
  for (const tensor of Object.values(spec.outputs)) visit(writer, tensor, spec);
  const nodes = withOutputNames(writer, spec.outputs);
  const fed = [...writer.inputs, ...(spec.stored ? [] : writer.variables)];
  const bytes = encodeModel({
    irVersion: IR_VERSION,
    producerName: "nightyard",
    opsetImport: [
      { domain: "", version: OPSET },
      { domain: "com.microsoft", version: 1 },
    ],
    graph: {
      name: "nightyard",
      node: nodes,
      initializer: writer.initializers,
      input: fed.map(([name, tensor]) => valueInfo(name, tensor)),
      output: Object.entries(spec.outputs).map(([name, tensor]) => valueInfo(name, tensor)),
    },
  });
  return { bytes, inputs: writer.inputs, variables: writer.variables, nodeCount: nodes.length };
}

/**
 * The nodes with the wanted names at their outputs. What no node made, or has a wanted name already, is copied:
 * onnxruntime would have to copy it, too.
 */
function withOutputNames(writer: Writer, outputs: Readonly<Record<string, Tensor>>): readonly NodeProto[] {
  const made = new Set(writer.nodes.flatMap(({ output }) => output));
  const renamed = new Map<string, string>();
  const copies: NodeProto[] = [];
  for (const [name, tensor] of Object.entries(outputs)) {
    if (writer.inputs.has(name) || writer.variables.has(name)) {
      throw new Error(`output "${name}" has the name of an input or a variable`);
    }
    const old = nameOf(writer, tensor);
    if (made.has(old) && !renamed.has(old)) renamed.set(old, name);
    else copies.push(node("Identity", [old], [name]));
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  const all = [...writer.nodes, ...copies];
  return all.map((one) => ({ ...one, input: one.input.map(rename), output: one.output.map(rename) }));
}

/** Writes all that `tensor` needs, with a stack of its own: recursion would overflow on deep models. */
function visit(writer: Writer, tensor: Tensor, spec: GraphSpec): void {
  const stack: Tensor[] = [tensor];
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const open = sources(top.node).filter((source) => !writer.names.has(source.node));
    if (writer.names.has(top.node) || open.length === 0) {
      stack.pop();
      if (!writer.names.has(top.node)) writer.names.set(top.node, write(writer, top, spec));
    } else {
      stack.push(...open.reverse());
    }
  }
}

function sources(node: Node): readonly Tensor[] {
  if (node.kind === "operation") return node.inputs;
  return node.kind === "custom" ? [node.value] : [];
}

function write(writer: Writer, tensor: Tensor, spec: GraphSpec): readonly string[] {
  const { node } = tensor;
  switch (node.kind) {
    case "input":
      return [declare(writer, writer.inputs, node.name, tensor)];
    case "variable":
      declare(writer, writer.variables, node.name, tensor);
      if (spec.stored) writer.initializers.push(initializer(node.name, tensor, spec.stored(tensor)));
      return [node.name];
    case "constant":
      return [writeConstant(writer, tensor, node.data)];
    case "custom":
      return [nameOf(writer, node.value)];
    case "operation":
      return writeOperation(writer, node);
    default:
      return node satisfies never;
  }
}

function declare(writer: Writer, where: Map<string, Tensor>, name: string, tensor: Tensor): string {
  if (writer.inputs.has(name) || writer.variables.has(name)) throw new Error(`two tensors are named "${name}"`);
  where.set(name, tensor);
  return name;
}

function writeOperation(writer: Writer, operation: OperationNode): readonly string[] {
  const { type, domain = "", attributes = {} } = operation.operator;
  const prefix = `${operation.name}_${writer.nodes.length}`;
  const outputs = Array.from({ length: operation.outputCount }, (_, index) =>
    index === 0 ? prefix : `${prefix}_${index}`,
  );
  const inputs = operation.inputs.map((source) => nameOf(writer, source));
  const list = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
  writer.nodes.push({ ...node(type, inputs, outputs), name: prefix, domain, attribute: list });
  return outputs;
}

function writeConstant(writer: Writer, tensor: Tensor, data: TensorData): string {
  const uniform = data.every((value) => value === data[0]);
  const key = uniform ? `${tensor.dtype} ${tensor.shape} ${data[0]}` : `${tensor.dtype} ${tensor.shape} [${data}]`;
  const shareable = uniform || data.length <= LARGE;
  const known = shareable ? writer.shared.get(key) : undefined;
  if (known !== undefined) return known;
  const name = `constant_${writer.initializers.length}`;
  if (shareable) writer.shared.set(key, name);
  if (uniform && data.length > LARGE) {
    const shape = { dims: [tensor.shape.length], dataType: ELEMENT_TYPE.int64, name: `${name}_shape` };
    writer.initializers.push({ ...shape, rawData: rawBytes(BigInt64Array.from(tensor.shape, BigInt)) });
    const value = { dims: [1], dataType: ELEMENT_TYPE[tensor.dtype], rawData: rawBytes(data.slice(0, 1)) };
    const attribute = { name: "value", type: 4, t: value };
    writer.nodes.push({ ...node("ConstantOfShape", [shape.name], [name]), attribute: [attribute] });
  } else {
    writer.initializers.push(initializer(name, tensor, data));
  }
  return name;
}

function nameOf(writer: Writer, tensor: Tensor): string {
  return writer.names.get(tensor.node)![tensor.output]!;
}

function node(opType: string, input: readonly string[], output: readonly string[]): NodeProto {
  return { opType, input, output, name: output[0]!, domain: "", attribute: [] };
}

function initializer(name: string, tensor: Tensor, data: TensorData): TensorProto {
  return { name, dims: tensor.shape, dataType: ELEMENT_TYPE[tensor.dtype], rawData: rawBytes(data) };
}

/** ONNX stores numbers in little-endian order, as every platform of onnxruntime does. */
function rawBytes(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if ("int" in value) return { name, type: 2, i: value.int };
  if ("float" in value) return { name, type: 1, f: value.float };
  if ("string" in value) return { name, type: 3, s: new TextEncoder().encode(value.string) };
  return { name, type: 7, ints: value.ints };
}

function valueInfo(name: string, tensor: Tensor): ValueInfoProto {
  const shape = { dim: tensor.shape.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: ELEMENT_TYPE[tensor.dtype], shape } } };
}
