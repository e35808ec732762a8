"""The lab's default model and AdamW in PyTorch, the peer: eager or compiled, fused AdamW, scaled_dot_product_attention.

Started by peer.ts with the shapes as JSON, the files of initial weights and of batches, the number of threads and "eager"
or "compile". Reads one count of steps per line, does them, and answers a line of JSON: {"seconds": ..., "losses": [...]}.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

shapes = json.loads(sys.argv[1])
depth, heads, size = shapes["depth"], shapes["heads"], shapes["headSize"]
rows, length, width = shapes["rows"], shapes["length"], shapes["heads"] * shapes["headSize"]
torch.set_num_threads(int(sys.argv[4]))

weights = torch.from_file(sys.argv[2], size=sum(r * c for _, r, c in shapes["parameters"]), dtype=torch.float32)
parameters, at = {}, 0
for name, r, c in shapes["parameters"]:
    parameters[name] = torch.nn.Parameter(weights[at : at + r * c].clone().view(r, c))
    at += r * c
batches = torch.from_file(sys.argv[3], size=shapes["batchTokens"], dtype=torch.int32).view(-1, rows, length + 1).long()

angles = torch.arange(length)[:, None] * shapes["rotaryBase"] ** (-torch.arange(size // 2) / (size // 2))[None]
cosines, sines = angles.cos(), angles.sin()


def rotary(x):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cosines - b * sines, a * sines + b * cosines), -1)


def normal(x):
    return F.rms_norm(x, (x.size(-1),), eps=1e-6)


def loss_of(tokens, targets):
    split = lambda y: y.view(rows, length, heads, size).transpose(1, 2)
    x = normal(F.embedding(tokens, parameters["tokenTable"]))
    for i in range(depth):
        n = normal(x)
        q, k = rotary(split(n @ parameters[f"query{i}"])), rotary(split(n @ parameters[f"key{i}"]))
        mixed = F.scaled_dot_product_attention(q, k, split(n @ parameters[f"value{i}"]), is_causal=True)
        x = x + mixed.transpose(1, 2).reshape(rows, length, width) @ parameters[f"mix{i}"]
        x = x + F.relu(normal(x) @ parameters[f"up{i}"]).square() @ parameters[f"down{i}"]
    logits = normal(x) @ parameters["head"]
    return F.cross_entropy(logits.view(-1, shapes["vocabulary"]), targets.reshape(-1))


optimiser = torch.optim.AdamW(
    parameters.values(),
    lr=shapes["learningRate"],
    betas=(shapes["beta1"], shapes["beta2"]),
    eps=1e-8,
    weight_decay=shapes["weightDecay"],
    fused=True,
)
forward = torch.compile(loss_of) if sys.argv[5] == "compile" else loss_of
done = 0
for line in sys.stdin:
    losses, start = [], time.perf_counter()
    for _ in range(int(line)):
        batch = batches[done % len(batches)]
        loss = forward(batch[:, :-1], batch[:, 1:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), shapes["clip"])
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(loss.item())
        done += 1
    print(json.dumps({"seconds": time.perf_counter() - start, "losses": losses}), flush=True)
