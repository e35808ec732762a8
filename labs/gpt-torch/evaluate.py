"""Frozen: what a run is worth. Reads the model that the run left, as data, and computes `val_bpb`, bits per byte on
held-out text, itself.

No code of the run is executed: see artefact.py. Refused is a model that is no plain file of its own, that calls an
operator outside the list, whose logits have another shape or type than declared, that answers something that is not
finite, or that answers otherwise when bytes further on, or other rows, or only the time are others. The softmax is
taken here, so probabilities always sum to 1. Not covered: how the weights came to be.

  NIGHTYARD_RUN_DIR   the lab folder of the run; default: this one
  NIGHTYARD_SPLIT     "validation" (default) or "test", the sealed part
"""

import math
import os
import random
import re
import sys
from pathlib import Path

import torch

from artefact import BadArtefact, load_model
from prepare import (
    EVALUATION_ROWS,
    SEQUENCE_LENGTH,
    VOCABULARY,
    best_device,
    evaluation_batches,
    process_seconds,
)

CHECKED_BATCHES = 3
# Largest difference of logits that ought to be equal: far above float32's rounding, far below a used bit.
TOLERANCE = 1e-2
CHANCE = random.SystemRandom()


def logits_of(model, tokens: torch.Tensor, device: str) -> torch.Tensor:
    answer = model(tokens.to(device).clone())
    wanted = (EVALUATION_ROWS, SEQUENCE_LENGTH, VOCABULARY)
    if answer.dtype != torch.float32 or tuple(answer.shape) != wanted:
        raise BadArtefact(f"the logits must be float32 {list(wanted)}, found {answer.dtype} {list(answer.shape)}")
    if not bool(torch.isfinite(answer).all()):
        raise BadArtefact("a logit is not finite")
    return answer


def check_causal(model, tokens: torch.Tensor, device: str) -> None:
    """Cuts half of the rows at random places, replaces all behind the cuts and all other rows: nothing before moves."""
    before = logits_of(model, tokens, device)
    for parity in (0, 1):
        altered = torch.tensor([[CHANCE.randrange(VOCABULARY) for _ in row] for row in tokens])
        cuts = [CHANCE.randrange(1, SEQUENCE_LENGTH) if row % 2 == parity else 0 for row in range(EVALUATION_ROWS)]
        for row, cut in enumerate(cuts):
            altered[row, :cut] = tokens[row, :cut]
        after = logits_of(model, altered, device)
        for row, cut in enumerate(cuts):
            if cut > 0 and float((before[row, :cut] - after[row, :cut]).abs().max()) > TOLERANCE:
                raise BadArtefact("the answer at a place depends on later bytes, on other rows or on chance")


def bits_per_byte(model, batches, device: str) -> float:
    nats, count = 0.0, 0
    for tokens, targets in batches:
        logits = logits_of(model, tokens, device).double() if device != "mps" else logits_of(model, tokens, device)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.to(device).flatten(), reduction="sum")
        nats += float(loss)
        count += targets.numel()
    return nats / math.log(2) / count


@torch.no_grad()
def main() -> None:
    part = "test" if os.environ.get("NIGHTYARD_SPLIT") == "test" else "validation"
    file = Path(os.environ.get("NIGHTYARD_RUN_DIR", ".")) / "model.safetensors"
    device = best_device()
    # Rounding products to 10 bits would be faster and would move logits by more than the tolerance.
    torch.backends.cuda.matmul.allow_tf32 = False
    model = load_model(str(file), device)
    batches = evaluation_batches(part)
    for _ in range(CHECKED_BATCHES):
        check_causal(model, CHANCE.choice(batches)[0], device)
    print(f"METRIC {'test_bpb' if part == 'test' else 'val_bpb'}={bits_per_byte(model, batches, device):.6f}")
    print(f"METRIC eval_seconds={process_seconds():.2f}")
    print(f"METRIC model_mb={file.stat().st_size / 2**20:.3f}")


if __name__ == "__main__":
    try:
        main()
    except BadArtefact as error:
        sys.exit("evaluate: model.safetensors: " + re.sub(r"[\x00-\x1f\x7f]+", " ", str(error))[:500])
