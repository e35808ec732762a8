/**
 * Reverse-mode differentiation: extends the recorded graph with the gradients of a scalar.
 *
 * Gradients are ordinary tensors, so they can be clipped, averaged, fed to an optimiser, or differentiated again where
 * the operations involved have a derivative of their derivative.
 */
import { add } from "./ops/arithmetic.ts";
import { sameShape, shapeError } from "./shape.ts";
import { constant, type Node, type Tensor } from "./tensor.ts";

/** The gradient of the scalar `loss` by each tensor of `by`, zeros where the loss does not depend on one. */
export function grad(loss: Tensor, by: readonly Tensor[]): readonly Tensor[] {
  if (loss.shape.length !== 0 || loss.dtype !== "float32") throw shapeError("grad", "the loss must be a scalar", loss);
  const wanted = new Set(by.map((tensor) => tensor.node));
  const order = dependents(loss.node, wanted);
  const inside = new Set(order);
  const gradients = new Map<Node, (Tensor | undefined)[]>([[loss.node, [constant(1)]]]);
  for (const node of order.reverse()) {
    const upstream = gradients.get(node);
    if (upstream === undefined || !("derivative" in node)) continue;
    if (node.derivative === undefined) continue;
    const downstream = node.derivative(upstream);
    for (const [index, source] of node.inputs.entries()) {
      const dy = downstream[index];
      if (dy !== undefined && inside.has(source.node)) accumulate(gradients, source, dy, node.name);
    }
  }
  return by.map((tensor) => gradients.get(tensor.node)?.[tensor.output] ?? constant(0, tensor.shape));
}

function accumulate(gradients: Map<Node, (Tensor | undefined)[]>, to: Tensor, dy: Tensor, name: string): void {
  if (!sameShape(dy.shape, to.shape)) throw shapeError(`derivative of ${name}`, "gradient and value differ", dy, to);
  const list = gradients.get(to.node) ?? [];
  const sofar = list[to.output];
  list[to.output] = sofar === undefined ? dy : add(sofar, dy);
  gradients.set(to.node, list);
}

/** Nodes between the wanted ones and `last`, each after its inputs. Recursion would overflow on deep models. */
function dependents(last: Node, wanted: ReadonlySet<Node>): Node[] {
  const order: Node[] = [];
  const depends = new Map<Node, boolean>();
  const stack: Node[] = [last];
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const sources = "inputs" in node ? node.inputs.map((source) => source.node) : [];
    const open = depends.has(node) ? [] : sources.filter((source) => !depends.has(source));
    if (open.length > 0) {
      stack.push(...open);
      continue;
    }
    stack.pop();
    if (depends.has(node)) continue;
    const does = wanted.has(node) || sources.some((source) => depends.get(source));
    depends.set(node, does);
    if (does) order.push(node);
  }
  return order;
}
