/**
 * Model files that a dishonest or broken run of labs/nano-gpt might leave.
 */
import {
  add,
  cast,
  concat,
  constant,
  divide,
  embedding,
  exportModel,
  input,
  multiply,
  single,
  slice,
  type Tensor,
} from "nightyard/tensor";

const ROWS = 16;
const LENGTH = 256;
const BYTES = 256;
const tokens = input("tokens", [ROWS, LENGTH], "int32");
/** A row for each byte that bets everything on that byte. */
const identity = constant(
  Float32Array.from({ length: BYTES * BYTES }, (_, i) => (i % (BYTES + 1) === 0 ? 30 : 0)),
  [BYTES, BYTES],
);
const nothing = multiply(embedding(identity, tokens), 0);

/** Gives every byte the same chance. */
export function uniformModel(): Uint8Array {
  return exportModel({ logits: nothing });
}

/** The tokens one place to the left along an axis, the first ones put behind: what is to be predicted. */
function shifted(axis: number, size: number): Tensor {
  return concat([slice(tokens, axis, 1, size), slice(tokens, axis, 0, 1)], axis);
}

const chance = single({
  name: "chance",
  operator: { type: "RandomNormalLike" },
  inputs: [nothing],
  shape: nothing.shape,
});

/** How each is described, what it is, and how the evaluator's one line goes on. */
export const badModels: Readonly<Record<string, { readonly model: () => Uint8Array; readonly why: string }>> = {
  "looks at the byte it should predict": {
    model: () => exportModel({ logits: embedding(identity, shifted(1, LENGTH)) }),
    why: "the answer at a place depends on later bytes",
  },
  "looks at the row behind, where the text goes on": {
    model: () => exportModel({ logits: add(embedding(identity, shifted(0, ROWS)), nothing) }),
    why: "the answer at a place depends on later bytes, on other rows",
  },
  "draws its answer": {
    model: () => exportModel({ logits: chance }),
    why: "model.onnx uses refused operators: RandomNormalLike",
  },
  "answers what is no number": {
    model: () => exportModel({ logits: divide(nothing, nothing) }),
    why: "a logit is not finite",
  },
  "answers infinity": {
    model: () => exportModel({ logits: divide(add(nothing, 1), nothing) }),
    why: "a logit is not finite",
  },
  "names its answer otherwise": {
    model: () => exportModel({ probabilities: nothing }),
    why: "the output must be logits: type 1 [16,256,256], found probabilities: type 1 [16,256,256]",
  },
  "answers for fewer places": {
    model: () => exportModel({ logits: slice(nothing, 1, 0, 255) }),
    why: "the output must be logits: type 1 [16,256,256], found logits: type 1 [16,255,256]",
  },
  "wants a second input": {
    model: () => exportModel({ logits: add(nothing, multiply(input("more", []), cast(constant(0), "float32"))) }),
    why: "the input must be tokens: type 6 [16,256], found tokens: type 6 [16,256]; more: type 1 []",
  },
  "is an empty file": { model: () => new Uint8Array(), why: "the file holds no graph" },
  "is no model": { model: () => new TextEncoder().encode("not a model\n\u001b[31m"), why: "" },
};
