/**
 * The nouns of the tensor library: a `Tensor` is a value that does not exist yet, one output of a recorded node.
 *
 * Nothing is computed here. Operations build an immutable graph of nodes; `grad` extends it with derivatives; `compile`
 * turns it into one ONNX graph that onnxruntime executes. Shapes are fixed and known when a node is recorded, so every
 * shape error is thrown at the line that caused it.
 */

/** Element types. `float32` is the only one gradients flow through; `int64` is for shapes inside the graph. */
export type DType = "float32" | "int32" | "int64" | "bool";

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** One value of the recorded graph. */
export interface Tensor {
  readonly node: Node;
  /** Which output of the node this is; nearly always 0. */
  readonly output: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** An attribute of an ONNX node, with the kind the format wants it stored as. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

/** The ONNX operator that a recorded operation becomes. `domain` is "" for the standard operators. */
export interface Operator {
  readonly type: string;
  readonly domain?: "" | "com.microsoft";
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/**
 * Given the gradient of the loss by each output (undefined: the loss does not depend on it), answers the gradient by
 * each input, in the order of `inputs` (undefined: none flows there).
 */
export type Derivative = (upstream: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];

/** Typed arrays that can hold a tensor's elements. */
export type TensorData = Float32Array | Int32Array | BigInt64Array;

/** Fed anew at each step. */
export interface InputNode {
  readonly kind: "input";
  readonly name: string;
}

/** Keeps its value from step to step: a parameter, or the state of an optimiser. */
export interface VariableNode {
  readonly kind: "variable";
  readonly name: string;
  readonly initial: Float32Array;
}

/** Never changes; stored in the graph. */
export interface ConstantNode {
  readonly kind: "constant";
  readonly data: TensorData;
}

/** Becomes exactly one ONNX node. */
export interface OperationNode {
  readonly kind: "operation";
  /** The name a person wrote, for messages: "matmul". */
  readonly name: string;
  readonly operator: Operator;
  readonly inputs: readonly Tensor[];
  readonly outputCount: number;
  readonly derivative: Derivative | undefined;
}

/** Stands for `value` in the forward pass, but has a derivative of its own with respect to `inputs`. */
export interface CustomNode {
  readonly kind: "custom";
  readonly name: string;
  readonly value: Tensor;
  readonly inputs: readonly Tensor[];
  readonly derivative: Derivative | undefined;
}

export type Node = InputNode | VariableNode | ConstantNode | OperationNode | CustomNode;

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A shape as messages show it: `[16, 256, 128]`. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** A value fed at each step. Throws when a size is not a positive integer. */
export function input(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
  checkShape(`input "${name}"`, shape);
  return { node: { kind: "input", name }, output: 0, shape, dtype };
}

/**
 * A value that lives from step to step and can be assigned a new one at the end of each: parameters and optimiser
 * state. `initial` has one element per place, in row-major order, or is one number for all of them.
 */
export function variable(name: string, shape: Shape, initial: Float32Array | number): Tensor {
  checkShape(`variable "${name}"`, shape);
  const values = typeof initial === "number" ? new Float32Array(sizeOf(shape)).fill(initial) : initial;
  if (values.length !== sizeOf(shape)) {
    throw new Error(`variable "${name}": ${values.length} initial values for shape ${showShape(shape)}`);
  }
  return { node: { kind: "variable", name, initial: values }, output: 0, shape, dtype: "float32" };
}

/** A value that never changes. A number is a scalar; typed arrays are row-major. */
export function constant(value: number | TensorData, shape: Shape = []): Tensor {
  const data = typeof value === "number" ? new Float32Array(sizeOf(shape)).fill(value) : value;
  checkShape("constant", shape);
  if (data.length !== sizeOf(shape)) {
    throw new Error(`constant: ${data.length} values for shape ${showShape(shape)}`);
  }
  const dtype = data instanceof Float32Array ? "float32" : data instanceof Int32Array ? "int32" : "int64";
  return { node: { kind: "constant", data }, output: 0, shape, dtype };
}

/** A list of integers inside the graph, as operators want axes, shapes and bounds. */
export function integers(values: readonly number[]): Tensor {
  return constant(BigInt64Array.from(values, BigInt), [values.length]);
}

/** The shape and type of one output of an operation. */
export interface Output {
  readonly shape: Shape;
  readonly dtype?: DType;
}

/** What `operation` records. */
export interface OperationSpec {
  readonly name: string;
  readonly operator: Operator;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Output[];
  readonly derivative?: Derivative;
}

/** Records one ONNX node and answers all its outputs. This is how a new operation enters the library. */
export function operation(spec: OperationSpec): readonly Tensor[] {
  const { name, operator, inputs, derivative } = spec;
  const outputCount = spec.outputs.length;
  const node: OperationNode = { kind: "operation", name, operator, inputs, outputCount, derivative };
  return spec.outputs.map(({ shape, dtype = "float32" }, output) => ({ node, output, shape, dtype }));
}

/** The usual case of `operation`: one output. */
export function single(spec: Omit<OperationSpec, "outputs"> & Output): Tensor {
  const { shape, dtype = "float32", ...rest } = spec;
  return operation({ ...rest, outputs: [{ shape, dtype }] })[0]!;
}

/**
 * Gives `value`, computed from `inputs` by any operations, a derivative of its own: for gradients that are cheaper or
 * more accurate than what the chain rule would record, and for straight-through estimators.
 */
export function custom(
  name: string,
  inputs: readonly Tensor[],
  value: Tensor,
  derivative: ((upstream: Tensor) => readonly (Tensor | undefined)[]) | undefined,
): Tensor {
  const node: CustomNode = {
    kind: "custom",
    name,
    value,
    inputs,
    derivative: derivative && (([upstream]) => (upstream ? derivative(upstream) : inputs.map(() => undefined))),
  };
  return { node, output: 0, shape: value.shape, dtype: value.dtype };
}

function checkShape(what: string, shape: Shape): void {
  if (!shape.every((size) => Number.isInteger(size) && size > 0)) {
    throw new Error(`${what}: every size must be a positive integer, found ${showShape(shape)}`);
  }
}
