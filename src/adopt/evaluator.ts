/**
 * The sealed evaluator that is proposed, and the lines by which train.py leaves its model as data.
 *
 * The model is a TorchScript graph: torch.export's files and pickled modules are read by running Python that they
 * name, which would be the agent's. The graph answers logits only; the loss is computed by frozen code, and on every
 * batch tokens behind a cut that the graph cannot foresee are replaced: logits before it that change read the future.
 */
import type { ExposedModel } from "./model.ts";

export const EVALUATOR_FILE = "evaluate.py";

/** Behind the call of evaluate_bpb, with its indentation. */
export function exportLines({ indent, model, batch }: ExposedModel): string {
  const lines = [
    "# The trained model as data: evaluate.py measures it without running this file.",
    `plain = getattr(${model}, "_orig_mod", ${model})`,
    `example = torch.zeros((${batch}, MAX_SEQ_LEN), dtype=torch.long, device=next(plain.parameters()).device)`,
    "torch.set_autocast_cache_enabled(False)",
    "with torch.no_grad():",
    '    torch.jit.trace(plain, example, check_trace=False, strict=False).save("model.pt")',
  ];
  return lines.map((line) => `${indent}${line}\n`).join("");
}

/** The text of evaluate.py. */
export function evaluatorText({ batchSize }: ExposedModel, metric: string): string {
  return TEXT.replace("= BATCH ", `= ${batchSize} `).replace("METRIC", metric);
}

const TEXT = `"""
Measures the model that a run left, from the sealed copy: frozen, never in scope.

The run leaves model.pt, a TorchScript graph from tokens to logits. It is loaded without train.py's code; the loss is
computed here. Logits that change with tokens behind them are refused: such a model reads what it is to predict.
"""
import os
import secrets
import sys

import torch
import torch.nn.functional as F

from prepare import Tokenizer, evaluate_bpb

BATCH_SIZE = BATCH  # as train.py had it when this was written; the same for every experiment
TOLERANCE = 0.02  # of a logit: rounding, not knowledge
REFUSED = {"aten::from_file", "aten::save"}


def refuse(why):
    print(f"evaluate.py: {why}", file=sys.stderr)
    sys.exit(1)


def check_nodes(block):
    for node in block.nodes():
        kind = node.kind()
        if kind in REFUSED or kind == "prim::PythonOp" or not kind.startswith(("aten::", "prim::")):
            refuse(f"the graph uses {kind}")
        for inner in node.blocks():
            check_nodes(inner)


def load(device):
    path = os.path.join(os.environ["NIGHTYARD_RUN_DIR"], "model.pt")
    if os.path.islink(path) or not os.path.isfile(path):
        refuse("the run left no model.pt")
    try:
        model = torch.jit.load(path, map_location=device)
    except RuntimeError as error:
        refuse(f"model.pt cannot be read: {str(error)[:200]}")
    check_nodes(model.inlined_graph)
    return model


class Measured:
    """What evaluate_bpb calls: the loss of each token, from logits that were checked."""

    def __init__(self, graph, vocab_size):
        self.graph = graph
        self.vocab_size = vocab_size

    def logits(self, x):
        out = self.graph(x)
        if not torch.is_tensor(out) or out.dim() != 3 or out.shape[:2] != x.shape or out.shape[2] < self.vocab_size:
            refuse("the graph does not answer logits for every token")
        return out.float()

    def __call__(self, x, y, reduction="mean"):
        tokens = x.clone()
        out = self.logits(tokens)
        if not torch.isfinite(out).all():
            refuse("the graph answers logits that are not finite")
        self.check(x, out)
        flat = out.view(-1, out.shape[2])
        return F.cross_entropy(flat, y.reshape(-1), ignore_index=-1, reduction=reduction)

    def check(self, x, out):
        rows, length = x.shape
        seed = torch.Generator().manual_seed(secrets.randbits(62))
        cuts = torch.randint(1, length, (rows, 1), generator=seed).to(x.device)
        other = torch.randint(0, self.vocab_size, (rows, length), generator=seed).to(x.device)
        before = torch.arange(length, device=x.device) < cuts
        again = self.logits(torch.where(before, x, other))
        if ((again - out).abs().amax(dim=2) * before).max().item() > TOLERANCE:
            refuse("the logits depend on tokens behind them")


def main():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = Tokenizer.from_directory()
    model = Measured(load(device), tokenizer.get_vocab_size())
    with torch.no_grad():
        value = evaluate_bpb(model, tokenizer, BATCH_SIZE)
    print(f"METRIC: {value:.6f}")


if __name__ == "__main__":
    main()
`;
