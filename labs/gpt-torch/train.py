"""A small GPT, trained for a fixed time: rotary positions, RMSNorm, ReLU², value embeddings, Muon and AdamW.

The same file runs on the processor (small), on one CUDA GPU (bfloat16, compiled) and on Apple's GPU; SCALE below is all
that differs. The one file the agent edits.
"""

import math
import resource
import sys

import torch
import torch.nn.functional as F
from torch import nn

from artefact import export_model
from prepare import (
    BUDGET_SECONDS,
    EVALUATION_ROWS,
    SEED,
    SEQUENCE_LENGTH,
    VOCABULARY,
    BudgetClock,
    best_device,
    evaluation_batches,
    load,
    process_seconds,
    random_batch,
)

# Model, as it is on the processor
DEPTH = 4  # one of 2|3|4|5|6|8, number of layers
HEADS = 4  # one of 2|3|4|6|8, attention heads
HEAD_SIZE = 32  # one of 16|32|48|64, features of each head; the width is HEADS * HEAD_SIZE
MLP_RATIO = 4  # one of 1|2|3|4|6, hidden features of the MLP for each feature of the width
ROTARY_BASE = 10_000  # 100..100000 log, longest wavelength of the positions, in tokens
VALUE_EMBEDDINGS = True  # a table of its own that adds to the values of every second layer
SOFT_CAP = 15.0  # 5..50 log, largest size of a logit

# Optimiser: Muon for the matrices inside, AdamW for tables and head
MATRIX_RATE = 0.02  # 0.002..0.2 log, peak learning rate of Muon
TABLE_RATE = 0.01  # 0.0005..0.1 log, peak learning rate of the tables
HEAD_RATE = 0.004  # 0.0002..0.04 log, peak learning rate of the head
MUON_MOMENTUM = 0.95  # 0.8..0.99, decay of the mean gradient
MUON_STEPS = 5  # 3..7, steps of the Newton-Schulz iteration
BETA1 = 0.8  # 0.6..0.99, AdamW's decay of the mean gradient
BETA2 = 0.95  # 0.9..0.999, AdamW's decay of the mean squared gradient
WEIGHT_DECAY = 0.02  # 0..0.3, how fast matrices shrink, in units of the learning rate
WARM_UP = 0.02  # 0.005..0.3, part of the budget in which the rates rise
WARM_DOWN = 0.5  # 0.1..1, part of the budget in which they fall to 0

# Batches
ROWS = 8  # one of 2|4|6|8|12|16|24, sequences in a step
TRAIN_LENGTH = 256  # one of 64|96|128|192|256, tokens in a sequence while training

DEVICE = best_device()
# How many times as much of it a GPU gets: layers, heads, head size, rows.
SCALE = {"cpu": (1, 1, 1, 1), "mps": (1, 2, 2, 4), "cuda": (2, 2, 2, 16)}[DEVICE]
LAYERS, ALL_HEADS, SIZE, ALL_ROWS = DEPTH * SCALE[0], HEADS * SCALE[1], HEAD_SIZE * SCALE[2], ROWS * SCALE[3]
WIDTH = ALL_HEADS * SIZE
# Dense bfloat16 products per second, as the makers state them, by a part of the device's name.
PEAK_FLOPS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "RTX 4090": 165e12, "RTX 3090": 71e12}


def norm(x: torch.Tensor) -> torch.Tensor:
    return F.rms_norm(x, (x.size(-1),))


class Attention(nn.Module):
    def __init__(self, has_values: bool) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.mix = nn.Linear(WIDTH, WIDTH, bias=False)
        self.values = nn.Embedding(VOCABULARY, WIDTH) if has_values else None

    def forward(self, x: torch.Tensor, tokens: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        rows, length, _ = x.shape
        query, key, value = self.qkv(x).split(WIDTH, dim=-1)
        if self.values is not None:
            value = value + self.values(tokens).to(value.dtype)
        query, key, value = (y.view(rows, length, ALL_HEADS, SIZE).transpose(1, 2) for y in (query, key, value))
        query, key = rotate(norm(query), cos, sin), rotate(norm(key), cos, sin)
        mixed = F.scaled_dot_product_attention(query, key, value.to(query.dtype), is_causal=True)
        return self.mix(mixed.transpose(1, 2).reshape(rows, length, WIDTH))


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1).to(x.dtype)


class Layer(nn.Module):
    def __init__(self, index: int) -> None:
        super().__init__()
        self.attention = Attention(VALUE_EMBEDDINGS and index % 2 == 1)
        self.up = nn.Linear(WIDTH, MLP_RATIO * WIDTH, bias=False)
        self.down = nn.Linear(MLP_RATIO * WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(norm(x), *rest)
        return x + self.down(F.relu(self.up(norm(x))).square())


class GPT(nn.Module):
    """Tokens int64 [rows, length] to logits [rows, length, VOCABULARY]."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, WIDTH)
        self.layers = nn.ModuleList(Layer(i) for i in range(LAYERS))
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        frequencies = ROTARY_BASE ** -(torch.arange(SIZE // 2) / (SIZE // 2))
        angles = torch.outer(torch.arange(SEQUENCE_LENGTH), frequencies)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for name, weight in self.named_parameters():
            # What writes into the residual stream starts at 0, so that each layer starts as the identity.
            if name.endswith(("mix.weight", "down.weight", "head.weight")):
                nn.init.zeros_(weight)
            elif isinstance(weight, nn.Parameter) and "table" not in name and "values" not in name:
                nn.init.normal_(weight, std=0.5 / math.sqrt(weight.size(1)))
            else:
                nn.init.normal_(weight, std=0.5)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = norm(self.table(tokens))
        rotary = (self.cos[: tokens.size(1)], self.sin[: tokens.size(1)])
        for layer in self.layers:
            x = layer(x, tokens, *rotary)
        return SOFT_CAP * torch.tanh(self.head(norm(x)).float() / SOFT_CAP)


class Muon(torch.optim.Optimizer):
    """Momentum whose matrices are made nearly orthogonal (Jordan et al., 2024). Those of one shape go as one stack."""

    def __init__(self, matrices: list[nn.Parameter], lr: float) -> None:
        super().__init__(matrices, {"lr": lr})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for shape in {p.shape for p in group["params"]}:
                self._step([p for p in group["params"] if p.shape == shape], group["lr"])

    def _step(self, same: list[nn.Parameter], rate: float) -> None:
        updates = []
        for p in same:
            mean = self.state[p].setdefault("mean", torch.zeros_like(p))
            mean.lerp_(p.grad, 1 - MUON_MOMENTUM)
            updates.append(p.grad.lerp(mean, MUON_MOMENTUM))
        stack = orthogonal(torch.stack(updates))
        size = max(1.0, stack.size(1) / stack.size(2)) ** 0.5
        for p, update in zip(same, stack.unbind()):
            p.mul_(1 - rate * WEIGHT_DECAY).add_(update.to(p.dtype), alpha=-rate * size)


def orthogonal(stack: torch.Tensor) -> torch.Tensor:
    """Newton-Schulz: singular values go near 1, the quintic's coefficients are those of Muon's authors."""
    x = stack.bfloat16() if stack.is_cuda else stack
    flat = x.size(1) > x.size(2)
    x = x.mT if flat else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(MUON_STEPS):
        a = x @ x.mT
        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
    return x.mT if flat else x


def schedule(progress: float) -> float:
    """The rates as a part of their peak: up, level, down to 0."""
    return min(1.0, (progress + 0.002) / WARM_UP) * max(0.0, min(1.0, (1 - progress) / WARM_DOWN))


def make_optimizers(model: GPT) -> list[torch.optim.Optimizer]:
    tables = [p for n, p in model.named_parameters() if "table" in n or "values" in n]
    matrices = [p for n, p in model.named_parameters() if n.startswith("layers") and "values" not in n]
    groups = [{"params": tables, "lr": TABLE_RATE}, {"params": [model.head.weight], "lr": HEAD_RATE}]
    adamw = torch.optim.AdamW(groups, betas=(BETA1, BETA2), eps=1e-10, weight_decay=0.0, fused=DEVICE == "cuda")
    optimizers = [Muon(matrices, MATRIX_RATE), adamw]
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        group["peak"] = group["lr"]
    return optimizers


def loss_of(model: nn.Module, tokens: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    with torch.autocast(DEVICE, torch.bfloat16, enabled=DEVICE == "cuda"):
        logits = model(tokens)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def dev_bits_per_byte(model: nn.Module) -> float:
    """On a third of the public dev part: a run's own view. The evaluator's figure on held-out text counts."""
    losses = [loss_of(model, a.to(DEVICE), b.to(DEVICE)).item() for a, b in evaluation_batches("dev")[::3]]
    return sum(losses) / len(losses) / math.log(2)


def train(model: GPT, clock: BudgetClock) -> int:
    """Trains until the budget is used; answers the number of steps."""
    text = load("train")
    chance = torch.Generator().manual_seed(SEED)
    optimizers = make_optimizers(model)
    compiled = torch.compile(model) if DEVICE == "cuda" else model
    # Compiles, and sizes buffers; nothing is learnt from it.
    loss_of(compiled, *random_batch(text, ALL_ROWS, TRAIN_LENGTH, chance, DEVICE)).backward()
    model.zero_grad(set_to_none=True)
    steps, smooth, told = 0, math.nan, 0.0
    clock.start()
    while (progress := clock.progress()) < 1:
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * schedule(progress)
        loss = loss_of(compiled, *random_batch(text, ALL_ROWS, TRAIN_LENGTH, chance, DEVICE))
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        model.zero_grad(set_to_none=True)
        steps += 1
        # Reading the loss also waits for the device, so that the clock counts work and not what is queued.
        now = loss.item()
        if not math.isfinite(now):
            sys.exit(f"FAIL: loss is NaN at step {steps}")
        smooth = now if math.isnan(smooth) else 0.95 * smooth + 0.05 * now
        if progress >= told:
            told = math.floor(progress * 10 + 1) / 10
            print(f"PROGRESS {progress:.3f} train_bpb={smooth / math.log(2):.4f} steps={steps}", flush=True)
    return steps


def peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def main() -> None:
    torch.manual_seed(SEED)
    torch.set_float32_matmul_precision("high")
    clock = BudgetClock()
    model = GPT().to(DEVICE)
    count = sum(p.numel() for p in model.parameters())
    size = f"{LAYERS} layers of width {WIDTH}, {count / 1e6:.2f} M parameters"
    print(f"{DEVICE}: {size}, {BUDGET_SECONDS:g} s", flush=True)
    steps = train(model, clock)
    seconds = clock.seconds()
    tokens = steps * ALL_ROWS * TRAIN_LENGTH
    lines = {"val_bpb": f"{dev_bits_per_byte(model):.6f}", "training_seconds": f"{seconds:.1f}"}
    if DEVICE == "cuda":
        lines["peak_vram_mb"] = f"{torch.cuda.max_memory_allocated() / 2**20:.1f}"
        peak = next((flops for name, flops in PEAK_FLOPS.items() if name in torch.cuda.get_device_name()), None)
        products = sum(p.numel() for n, p in model.named_parameters() if "table" not in n and "values" not in n)
        # 6 for each weight; attention's products add 12 · layers · width · length for each token.
        work = tokens * (6 * products + 12 * LAYERS * WIDTH * TRAIN_LENGTH)
        if peak is not None:
            lines["mfu_percent"] = f"{100 * work / seconds / peak:.2f}"
    export_model(model, "model.safetensors", EVALUATION_ROWS, SEQUENCE_LENGTH)
    lines |= {
        "total_seconds": f"{process_seconds():.1f}",
        "peak_memory_mb": f"{peak_memory_mb():.1f}",
        "total_tokens_M": f"{tokens / 1e6:.3f}",
        "num_steps": str(steps),
        "num_params_M": f"{count / 1e6:.3f}",
        "depth": str(LAYERS),
    }
    print("---")
    for name, value in lines.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
