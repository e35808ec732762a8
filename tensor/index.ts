/**
 * `nightyard/tensor`: record operations, differentiate them, compile one ONNX graph, execute it. See docs/tensor.md.
 */
export { compile, type Feeds, type Step, type StepSpec, type Update } from "./compile.ts";
export { type Device, type ExecuteOptions, threadsFromEnvironment } from "./device.ts";
export { grad } from "./grad.ts";
export { inspectModel, type ModelFacts, type Port } from "./inspect.ts";
export { exportModel, type Model, openModel } from "./model.ts";
export * from "./ops/arithmetic.ts";
export * from "./ops/attention.ts";
export { cast, equal, greater, where } from "./ops/compare.ts";
export { addAt, embedding, pick } from "./ops/gather.ts";
export { concat, pad, reshape, slice, split, transpose } from "./ops/layout.ts";
export { type MatmulOptions, matmul } from "./ops/matmul.ts";
export { gelu, layerNorm, norm, reluSquared, rmsNorm, silu } from "./ops/norm.ts";
export { max, mean, sumOfSquares } from "./ops/reduce.ts";
export { crossEntropy, logSoftmax, softmax } from "./ops/softmax.ts";
export { broadcastTo, type ReduceOptions, sum } from "./ops/stretch.ts";
export { normalValues, type Random, random } from "./random.ts";
export {
  constant,
  custom,
  type Derivative,
  type DType,
  input,
  type Operator,
  operation,
  type Shape,
  single,
  sizeOf,
  type Tensor,
  type TensorData,
  variable,
} from "./tensor.ts";
