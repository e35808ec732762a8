"""Frozen: the model that a run leaves, as data. `train.py` writes it, `evaluate.py` reads it; nobody edits it.

One file, `model.safetensors`: the weights in the safetensors format, and in its `__metadata__` the graph as JSON, a
list of calls of ATen operators that stand in ALLOWED below. Reading it executes nothing: no pickle, no `torch.load`, no
`torch.export.load` (which unpickles constants and evaluates symbolic shapes as Python), no code of the run. A number
in it is a number, a name is looked up in a list. Not covered: a graph that is merely slow or large; the evaluator's
timeout and the sandbox's memory limit end it.
"""

import json
import math
import os
import stat

import torch

INPUT, OUTPUT = "tokens", "logits"
MAX_FILE_BYTES = 2 * 2**30
MAX_HEADER_BYTES = 16 * 2**20
MAX_NODES = 50_000

DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}

# Pure functions of their inputs. Left out on purpose: what draws (rand, dropout), what reads memory that was never
# written (empty, resize, as_strided), what writes into its input (names with an underscore at the end).
ALLOWED = frozenset(
    """
    _adaptive_avg_pool1d _softmax _log_softmax _to_copy _unsafe_view abs add addmm alias amax amin any all arange
    argmax argmin avg_pool1d bitwise_and bitwise_not bitwise_or bmm cat ceil clamp clone constant_pad_nd convolution
    copy cos cosh cumsum diagonal div elu embedding eq erf exp expand expm1 fill flip floor fmod full full_like gather
    ge gelu gt index index_select isinf isnan le leaky_relu lift_fresh_copy log log10 log1p log2 logical_and logical_not
    logical_or logical_xor lt max maximum mean min minimum mm mul native_group_norm native_layer_norm ne neg ones
    ones_like permute pow prod reciprocal relu remainder repeat round rsqrt scalar_tensor scaled_dot_product_attention
    scatter scatter_add select select_scatter sigmoid sign silu sin sinh slice slice_scatter sort split_with_sizes sqrt
    squeeze stack sub sum tan tanh topk tril triu trunc unbind unsqueeze var view view_copy where zeros zeros_like
    """.split()
)
IGNORED_ARGUMENTS = frozenset(["device", "layout", "pin_memory", "memory_format"])


class BadArtefact(Exception):
    """Why a file is no model; one line."""


# ---- writing: in the run


def export_model(model: torch.nn.Module, path: str, rows: int, length: int) -> None:
    """Writes the model, `tokens` int64 [rows, length] to `logits` float32 [rows, length, bytes].

    It is traced on the processor in float32, so it must answer there too. Raises BadArtefact when it uses an operator
    that is not in ALLOWED, and what torch.export raises when it cannot be traced.
    """
    model = model.to("cpu").float().eval()
    tokens = torch.zeros(rows, length, dtype=torch.int64)
    # Attention stays one operator: decomposed, it would be another on each device.
    kept = torch.ops.aten.scaled_dot_product_attention.default
    decompositions = torch.export.default_decompositions()
    decompositions.pop(kept, None)
    with torch.no_grad():
        program = torch.export.export(model, (tokens,)).run_decompositions(decompositions)
    weights: dict[str, torch.Tensor] = {}
    graph = _describe(program, weights)
    _write(path, weights, {"format": "nightyard-graph-1", "graph": json.dumps(graph, separators=(",", ":"))})


def _describe(program, weights: dict) -> dict:
    signature = program.graph_signature
    held = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    held |= signature.inputs_to_lifted_tensor_constants
    if signature.buffers_to_mutate:
        raise BadArtefact("the model changes a buffer while it answers")
    index, nodes, answer = {}, [], None
    for node in program.graph.nodes:
        # What torch.export asserts about its own tracing answers nothing.
        if str(node.target).startswith("aten._assert"):
            continue
        if node.op == "output":
            answer = index[node.args[0][0]]
            continue
        index[node] = len(nodes)
        if node.op == "placeholder" and node.name in held:
            name = held[node.name]
            tensor = program.constants[name] if name in program.constants else program.state_dict[name]
            weights[name] = tensor.detach().contiguous()
            nodes.append({"weight": name})
        elif node.op == "placeholder":
            nodes.append({"input": INPUT})
        else:
            nodes.append(_describe_call(node, index))
    return {"nodes": nodes, "output": answer}


def _describe_call(node, index: dict) -> dict:
    if getattr(node.target, "__name__", "") == "getitem":
        return {"item": int(node.args[1]), "of": index[node.args[0]]}
    target = str(node.target)
    _operator(target)
    kwargs = {k: _encode(v, index) for k, v in node.kwargs.items() if k not in IGNORED_ARGUMENTS}
    return {"call": target, "args": [_encode(a, index) for a in node.args], "kwargs": kwargs}


def _encode(value, index: dict):
    if isinstance(value, torch.fx.Node):
        return {"n": index[value]}
    if isinstance(value, (list, tuple)):
        return [_encode(v, index) for v in value]
    if isinstance(value, torch.dtype):
        return {"dtype": NAMES[value]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise BadArtefact(f"an argument of type {type(value).__name__} cannot be written")


def _write(path: str, weights: dict, metadata: dict) -> None:
    header, at = {"__metadata__": metadata}, 0
    for name, tensor in weights.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in weights.values():
            file.write(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())


# ---- reading: in the evaluator


def load_model(path: str, device: str):
    """A function from int64 tokens to logits. Raises BadArtefact, with the reason in one line."""
    weights, metadata = _read(path)
    if metadata.get("format") != "nightyard-graph-1":
        raise BadArtefact("the file holds no graph")
    try:
        graph = json.loads(metadata["graph"])
        nodes, output = graph["nodes"], graph["output"]
        _check_graph(nodes, output, weights)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadArtefact(f"the graph is not as it is written: {error!r}") from None
    weights = {name: tensor.to(device) for name, tensor in weights.items()}
    return lambda tokens: _answer(nodes, output, weights, tokens, device)


def _read(path: str) -> tuple[dict, dict]:
    # Without following links and without waiting for a pipe: a run may leave either under this name.
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise BadArtefact(f"there is no file of its own ({error.strerror})") from None
    with os.fdopen(fd, "rb") as file:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            raise BadArtefact("it is no plain file")
        if about.st_size > MAX_FILE_BYTES:
            raise BadArtefact(f"it has {about.st_size} bytes, more than {MAX_FILE_BYTES}")
        data = bytearray(file.read(MAX_FILE_BYTES + 1))
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(MAX_HEADER_BYTES, len(data) - 8):
        raise BadArtefact("it is no safetensors file")
    try:
        header = json.loads(bytes(data[8 : 8 + size]))
        metadata = header.pop("__metadata__", {})
        return {name: _tensor(data, 8 + size, about) for name, about in header.items()}, metadata
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError, RecursionError) as error:
        raise BadArtefact(f"its header is not that of a safetensors file: {str(error)[:200]}") from None


def _tensor(data: bytearray, base: int, about: dict) -> torch.Tensor:
    dtype, shape, (start, end) = DTYPES[about["dtype"]], about["shape"], about["data_offsets"]
    if not all(type(n) is int and n >= 0 for n in [start, end, *shape]):
        raise ValueError("a size is no whole number")
    count = math.prod(shape)
    if count * dtype.itemsize != end - start or not start <= end <= len(data) - base:
        raise ValueError("a tensor lies outside the file")
    if count == 0:
        return torch.empty(shape, dtype=dtype)
    # A copy, because offsets need not be aligned.
    return torch.frombuffer(bytearray(data[base + start : base + end]), dtype=dtype).reshape(shape)


def _operator(target: str):
    space, _, rest = target.partition(".")
    name, _, overload = rest.partition(".")
    if space != "aten" or name not in ALLOWED:
        raise BadArtefact(f"the operator {target[:80]} is refused")
    operator = getattr(getattr(torch.ops.aten, name), overload or "default", None)
    if not isinstance(operator, torch._ops.OpOverload) or operator._schema.is_mutable:
        raise BadArtefact(f"the operator {target[:80]} is refused")
    return operator


def _check_graph(nodes: list, output: int, weights: dict) -> None:
    if not isinstance(nodes, list) or len(nodes) > MAX_NODES:
        raise BadArtefact("the graph has too many calls")
    inputs = 0
    for i, node in enumerate(nodes):
        for n in _references(node):
            if type(n) is not int or not 0 <= n < i:
                raise BadArtefact("a call uses what comes after it")
        if "call" in node:
            _operator(str(node["call"]))
            if not isinstance(node["args"], list) or not isinstance(node["kwargs"], dict):
                raise BadArtefact("a call has no arguments")
            if _has_dropout(node):
                raise BadArtefact("a call draws its answer")
        elif "weight" in node and node["weight"] not in weights:
            raise BadArtefact("a weight is missing")
        elif "input" in node:
            inputs += 1
    if inputs != 1:
        raise BadArtefact(f"the model must have one input, {INPUT}; it has {inputs}")
    if type(output) is not int or not 0 <= output < len(nodes):
        raise BadArtefact("the output is no call")


def _has_dropout(node: dict) -> bool:
    # scaled_dot_product_attention(query, key, value, mask, dropout_p, …)
    if not node["call"].startswith("aten.scaled_dot_product_attention"):
        return False
    chance = node["args"][4] if len(node["args"]) > 4 else node["kwargs"].get("dropout_p", 0.0)
    return chance != 0


def _references(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("n", "of"):
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _answer(nodes: list, output: int, weights: dict, tokens: torch.Tensor, device: str) -> torch.Tensor:
    last = {n: i for i, node in enumerate(nodes) for n in _references(node)}
    values: dict[int, object] = {}
    try:
        for i, node in enumerate(nodes):
            values[i] = _value(node, values, weights, tokens, device)
            for n in set(_references(node)):
                if last[n] == i and n != output:
                    del values[n]
        answer = values[output]
    except (RuntimeError, TypeError, ValueError, IndexError, KeyError, NotImplementedError) as error:
        raise BadArtefact(f"the graph cannot be computed: {str(error)[:300]}") from None
    if not isinstance(answer, torch.Tensor):
        raise BadArtefact("the output is no tensor")
    return answer


def _value(node: dict, values: dict, weights: dict, tokens: torch.Tensor, device: str):
    if "weight" in node:
        return weights[node["weight"]]
    if "input" in node:
        return tokens
    if "item" in node:
        return values[node["of"]][node["item"]]
    operator = _operator(node["call"])
    kwargs = {k: _decode(v, values) for k, v in node["kwargs"].items() if k not in IGNORED_ARGUMENTS}
    if operator is torch.ops.aten.view.default:
        # Strides may be others than where it was traced (attention on another device): the values are the same.
        operator = torch.ops.aten.reshape.default
    if any(argument.name == "device" for argument in operator._schema.arguments):
        kwargs["device"] = device
    return operator(*[_decode(a, values) for a in node["args"]], **kwargs)


def _decode(value, values: dict):
    if isinstance(value, list):
        return [_decode(v, values) for v in value]
    if not isinstance(value, dict):
        return value
    if "n" in value:
        return values[value["n"]]
    if "dtype" in value:
        return DTYPES[value["dtype"]]
    return {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}[value["float"]]
