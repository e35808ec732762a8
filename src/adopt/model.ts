/**
 * Whether train.py exposes a model that can be measured from outside, by its text: a PyTorch module whose forward takes
 * tokens and answers logits, and one call of prepare.py's own `evaluate_bpb`. Anything else is said, not guessed at.
 */

export interface ExposedModel {
  /** The line of the call of evaluate_bpb, from 1: the export goes behind it. */
  readonly line: number;
  readonly indent: string;
  /** The names in that call. */
  readonly model: string;
  readonly batch: string;
  /** What `batch` is, where it is written as a number. */
  readonly batchSize: number;
}

const CALL = /^([ \t]*)\w+\s*=\s*evaluate_bpb\(\s*([A-Za-z_]\w*)\s*,\s*\w+\s*,\s*([A-Za-z_]\w*|\d+)\s*\)/;
const FORWARD = /\bdef forward\(\s*self\s*,\s*\w+\s*,\s*\w+\s*=\s*None\b/;
const LARGEST_BATCH = 65_536;

export function exposedModel(train: string, prepare: string, metric: string): ExposedModel | { readonly why: string } {
  if (metric !== "val_bpb") return { why: `only val_bpb has a known evaluation, found ${metric}` };
  if (!/^\s*(import torch\b|from torch\b)/m.test(train)) return { why: "train.py does not use PyTorch" };
  if (!/\bclass \w+\(\s*(?:torch\.)?nn\.Module\s*\)/.test(train)) return { why: "train.py has no class of nn.Module" };
  if (!/\bdef evaluate_bpb\(\s*model\s*,\s*tokenizer\s*,\s*batch_size\s*\)/.test(prepare)) {
    return { why: "prepare.py has no evaluate_bpb(model, tokenizer, batch_size)" };
  }
  if (!/\bdef from_directory\(/.test(prepare)) return { why: "prepare.py has no Tokenizer.from_directory" };
  if (!FORWARD.test(train)) return { why: "train.py has no forward(self, tokens, targets=None) that answers logits" };
  if (/\bget_kernel\(/.test(train)) {
    return { why: "train.py loads a compiled kernel (get_kernel), which a saved graph would need too" };
  }
  if (train.includes("\r")) return { why: "train.py has carriage returns" };
  return callIn(train);
}

function callIn(train: string): ExposedModel | { readonly why: string } {
  const lines = train.split("\n");
  const calls = lines.flatMap((text, index) => {
    const match = CALL.exec(text);
    return match === null ? [] : [{ match, line: index + 1 }];
  });
  const [call, another] = calls;
  if (call === undefined) return { why: "train.py has no line `… = evaluate_bpb(model, tokenizer, batch_size)`" };
  if (another !== undefined) return { why: `train.py calls evaluate_bpb in lines ${call.line} and ${another.line}` };
  const [, indent = "", model = "", batch = ""] = call.match;
  if (!/\bMAX_SEQ_LEN\b/.test(train)) return { why: "train.py has no MAX_SEQ_LEN" };
  const number = new RegExp(`^${batch}\\s*=\\s*(\\d+)\\s*(?:#.*)?$`, "m").exec(train)?.[1] ?? batch;
  const batchSize = Number(number);
  if (!(batchSize >= 1 && batchSize <= LARGEST_BATCH)) return { why: `train.py does not say ${batch} as a number` };
  return { line: call.line, indent, model, batch, batchSize };
}
