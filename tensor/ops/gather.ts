/**
 * Reading by index: rows of a table, one element of each row.
 */
import { needFloat, shapeError } from "../shape.ts";
import { constant, single, sizeOf, type Tensor } from "../tensor.ts";
import { reshape } from "./layout.ts";
import { broadcastTo } from "./stretch.ts";

/** Rows of `table` `[rows, width]` at integer `indices` of any shape: `[...indices, width]`. */
export function embedding(table: Tensor, indices: Tensor): Tensor {
  needFloat("embedding", table);
  const width = table.shape[1];
  if (table.shape.length !== 2 || width === undefined) {
    throw shapeError("embedding", "the table must have two axes", table, indices);
  }
  needIndices("embedding", table, indices);
  return single({
    name: "embedding",
    operator: { type: "Gather", attributes: { axis: { int: 0 } } },
    inputs: [table, indices],
    shape: [...indices.shape, width],
    derivative: ([dy]) => [dy && addRows(table, indices, dy)],
  });
}

/** One element of the last axis for each row: `x` `[..., n]` at `indices` `[...]` gives `[...]`. */
export function pick(x: Tensor, indices: Tensor): Tensor {
  needFloat("pick", x);
  needIndices("pick", x, indices);
  const column = [...indices.shape, 1];
  if (sizeOf(indices.shape) * x.shape.at(-1)! !== sizeOf(x.shape)) {
    throw shapeError("pick", "needs one index for each row", x, indices);
  }
  const picked = single({
    name: "pick",
    operator: { type: "GatherElements", attributes: { axis: { int: x.shape.length - 1 } } },
    inputs: [x, reshape(indices, column)],
    shape: column,
    derivative: ([dy]) => [dy && addAt(constant(0, x.shape), reshape(indices, column), dy)],
  });
  return reshape(picked, indices.shape);
}

/** `x` with `values` added at `indices` along the last axis; both `[..., 1]`. No gradient is recorded. */
export function addAt(x: Tensor, indices: Tensor, values: Tensor): Tensor {
  return single({
    name: "addAt",
    operator: {
      type: "ScatterElements",
      attributes: { axis: { int: x.shape.length - 1 }, reduction: { string: "add" } },
    },
    inputs: [x, indices, values],
    shape: x.shape,
  });
}

/** Zeros of the table's shape with each row of `rows` added at its index. */
function addRows(table: Tensor, indices: Tensor, rows: Tensor): Tensor {
  const [height, width] = table.shape as [number, number];
  const count = sizeOf(indices.shape);
  const places = broadcastTo(reshape(indices, [count, 1]), [count, width]);
  return single({
    name: "addRows",
    operator: { type: "ScatterElements", attributes: { axis: { int: 0 }, reduction: { string: "add" } } },
    inputs: [constant(0, [height, width]), places, reshape(rows, [count, width])],
    shape: [height, width],
  });
}

function needIndices(name: string, x: Tensor, indices: Tensor): void {
  if (indices.dtype !== "int32" && indices.dtype !== "int64") {
    throw shapeError(name, `indices must be int32, found ${indices.dtype} for`, x, indices);
  }
}
