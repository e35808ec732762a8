"""Model files that a dishonest or broken run of labs/gpt-torch might leave, and what its evaluator says of each.

Called with the lab's folder and an empty one; prints a JSON object, name to sentence. All in one process, because each
start of torch takes seconds; evaluate.py's own main is what judges.
"""

import json
import os
import sys
from pathlib import Path

lab, into = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(lab))

import torch
from torch import nn

import artefact
import evaluate

ROWS, LENGTH, BYTES = 16, 256, 256


class Bets(nn.Module):
    """Bets everything on the byte that `pick` takes for each place."""

    def __init__(self, pick):
        super().__init__()
        self.pick = pick
        self.register_buffer("table", torch.eye(BYTES) * 30)

    def forward(self, tokens):
        return nn.functional.embedding(self.pick(tokens), self.table)


class Answers(nn.Module):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.register_buffer("zero", torch.zeros(BYTES, BYTES))

    def forward(self, tokens):
        return self.answer(nn.functional.embedding(tokens, self.zero))


def shifted(axis):
    def pick(tokens):
        size = tokens.shape[axis]
        return torch.cat([tokens.narrow(axis, 1, size - 1), tokens.narrow(axis, 0, 1)], dim=axis)

    return pick


def graph(*calls, weights=None, output=None):
    nodes = [{"input": "tokens"}, *calls]
    about = {"nodes": nodes, "output": len(nodes) - 1 if output is None else output}
    return lambda path: artefact._write(
        path, weights or {}, {"format": "nightyard-graph-1", "graph": json.dumps(about)}
    )


def call(name, *args, **kwargs):
    return {"call": name, "args": list(args), "kwargs": kwargs}


def exported(model):
    return lambda path: artefact.export_model(model, path, ROWS, LENGTH)


def header(text: bytes):
    return lambda path: Path(path).write_bytes(len(text).to_bytes(8, "little") + text)


def link(path):
    os.symlink("/etc/passwd", path)


SHAPE = [ROWS, LENGTH, BYTES]
FLOAT = {"dtype": "F32"}
FULL = call("aten.full.default", SHAPE, 0.0, dtype=FLOAT)
MODELS = {
    "uniform": exported(Answers(lambda zero: zero)),
    "looks ahead": exported(Bets(shifted(1))),
    "looks at the next row": exported(Bets(shifted(0))),
    "is no number": exported(Answers(lambda zero: zero / zero)),
    "is infinite": exported(Answers(lambda zero: (zero + 1) / zero)),
    "answers fewer places": exported(Answers(lambda zero: zero[:, 1:])),
    "answers in halves": exported(Answers(lambda zero: zero.half())),
    "draws": graph(call("aten.rand.default", SHAPE)),
    "drops out": graph(FULL, call("aten.scaled_dot_product_attention.default", {"n": 1}, {"n": 1}, {"n": 1}, None, 0.5)),
    "reads memory never written": graph(call("aten.empty.memory_format", SHAPE)),
    "writes into its input": graph(FULL, call("aten.add_.Tensor", {"n": 1}, 1)),
    "writes by out": graph(FULL, call("aten.add.out", {"n": 1}, {"n": 1}, out={"n": 1})),
    "calls Python": graph(call("os.system", "touch pwned")),
    "names an attribute": graph(call("aten.add.__class__", "touch")),
    "uses what comes later": graph(call("aten.add.Tensor", {"n": 2}, {"n": 2})),
    "has a weight that is not there": graph({"weight": "nothing"}),
    "has no input": lambda path: artefact._write(
        path, {}, {"format": "nightyard-graph-1", "graph": json.dumps({"nodes": [FULL], "output": 0})}
    ),
    "is pickled": lambda path: torch.save({"model": Answers}, path),
    "is empty": lambda path: Path(path).write_bytes(b""),
    "has a long header": lambda path: Path(path).write_bytes(b"\xff" * 64),
    "lies outside": header(b'{"a":{"dtype":"F32","shape":[1024],"data_offsets":[0,4096]}}'),
    "has negative sizes": header(b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[4,0]}}'),
    "has a hostile header": header(b'["\x1b[31m"]'),
    "is a link": link,
    "is a pipe": lambda path: os.mkfifo(path),
    "is not there": lambda path: None,
}

said = {}
for name, write in MODELS.items():
    folder = into / name
    folder.mkdir(parents=True)
    write(str(folder / "model.safetensors"))
    os.environ["NIGHTYARD_RUN_DIR"] = str(folder)
    try:
        evaluate.main()
        said[name] = "scored"
    except artefact.BadArtefact as error:
        said[name] = str(error)
print(json.dumps(said))
