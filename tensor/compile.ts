/**
 * Compiles recorded tensors into one step that can be executed again and again: forward pass, gradients and the
 * optimiser's updates are a single ONNX graph.
 *
 * Every variable has two buffers. A step reads from one and onnxruntime writes the new value straight into the other;
 * then they change places. Nothing is copied between steps.
 */
import ort from "onnxruntime-node";
import { type ExecuteOptions, openSession } from "./device.ts";
import { emit } from "./emit.ts";
import { sameShape, shapeError } from "./shape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** A variable and the tensor whose value it takes at the end of each step. */
export type Update = readonly [variable: Tensor, next: Tensor];

/** What one step computes and changes. */
export interface StepSpec extends ExecuteOptions {
  /** Values to answer after each step, by name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Assignments at the end of the step; all of them see the old values. */
  readonly updates?: readonly Update[];
}

/** What is fed to a step: row-major elements, or one number for a scalar. */
export type Feeds = Readonly<Record<string, Float32Array | Int32Array | number>>;

/** A compiled step with the values of its variables. */
export interface Step {
  /** Operations in the graph before onnxruntime optimised it. */
  readonly nodeCount: number;
  /** Executes the step once. The arrays answered are overwritten by the next call. */
  run(feeds: Feeds): Promise<Readonly<Record<string, Float32Array>>>;
  /** The present value of a variable; overwritten by later steps, so copy what is to last. */
  value(variable: Tensor): Float32Array;
  /** Gives the memory back. The step cannot be used afterwards. */
  dispose(): Promise<void>;
}

type Values = Record<string, ort.Tensor>;

/** Marks the new value of a variable among the outputs of the graph. */
const NEXT = "next:";

/** Compiles one step. Throws when an update does not fit its variable. */
export async function compile(spec: StepSpec): Promise<Step> {
  const updates = new Map((spec.updates ?? []).map((update) => [checkedName(update), update]));
  const next = Object.fromEntries([...updates].map(([name, [, tensor]]) => [NEXT + name, tensor]));
  const graph = emit({ outputs: { ...spec.outputs, ...next } });
  const session = await openSession(graph.bytes, spec);
  const feeds = blank(graph.inputs);
  const variables = new Map([...graph.variables, ...[...updates].map(([name, [tensor]]) => [name, tensor] as const)]);
  let current: Values = Object.fromEntries([...variables].map(([name, tensor]) => [name, initialValue(tensor)]));
  let spare: Values = blank(new Map([...updates].map(([name, [tensor]]) => [name, tensor])));
  const fetches = blank(new Map(Object.entries(spec.outputs)));
  return {
    nodeCount: graph.nodeCount,
    async run(fed) {
      fill(feeds, fed);
      const written = Object.fromEntries(Object.entries(spare).map(([name, tensor]) => [NEXT + name, tensor]));
      const read = Object.fromEntries([...graph.variables.keys()].map((name) => [name, current[name]!]));
      const results = await session.run({ ...feeds, ...read }, { ...fetches, ...written });
      [current, spare] = [{ ...current, ...spare }, pick(current, Object.keys(spare))];
      return Object.fromEntries(Object.keys(spec.outputs).map((name) => [name, results[name]!.data as Float32Array]));
    },
    value(variable) {
      const name = variable.node.kind === "variable" ? variable.node.name : "";
      const found = current[name];
      if (found === undefined) throw new Error(`the step has no variable "${name}"`);
      return found.data as Float32Array;
    },
    dispose: () => session.release(),
  };
}

function checkedName([variable, next]: Update): string {
  if (variable.node.kind !== "variable") throw new Error(`update: a ${variable.node.kind} cannot be assigned to`);
  const name = variable.node.name;
  if (!sameShape(variable.shape, next.shape)) {
    throw shapeError(`update of "${name}"`, "the new value has another shape", variable, next);
  }
  return name;
}

function initialValue(tensor: Tensor): ort.Tensor {
  const initial = tensor.node.kind === "variable" ? tensor.node.initial : new Float32Array(sizeOf(tensor.shape));
  return new ort.Tensor("float32", Float32Array.from(initial), tensor.shape);
}

function blank(tensors: ReadonlyMap<string, Tensor>): Values {
  return Object.fromEntries(
    [...tensors].map(([name, { dtype, shape }]) => {
      if (dtype === "int32") return [name, new ort.Tensor("int32", new Int32Array(sizeOf(shape)), shape)];
      if (dtype === "float32") return [name, new ort.Tensor("float32", new Float32Array(sizeOf(shape)), shape)];
      throw new Error(`"${name}": inputs and outputs must be float32 or int32, found ${dtype}`);
    }),
  );
}

/** Copies what the caller feeds into the buffers that onnxruntime reads. */
function fill(buffers: Values, fed: Feeds): void {
  for (const [name, buffer] of Object.entries(buffers)) {
    const given = fed[name];
    if (given === undefined) throw new Error(`run: input "${name}" is missing`);
    const target = buffer.data as Float32Array | Int32Array;
    if (typeof given === "number") target.fill(given);
    else if (given.length === target.length) target.set(given);
    else
      throw new Error(
        `run: input "${name}" needs ${target.length} elements for [${buffer.dims}], found ${given.length}`,
      );
  }
}

function pick(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(names.map((name) => [name, values[name]!]));
}
