"""Frozen: the data, the loader and the clock. `train.py` and `evaluate.py` import this file; only a person edits it.

As a command it writes four files: train.bin and dev.bin for runs, validation.bin and test.bin for the evaluator alone.
The tokens are the bytes of the UTF-8 text: a bit per byte is a bit per token. The split is by document.

  GPT_TORCH_TEXT                     addresses (default; ships with nightyard, no network), tinystories or climbmix
  GPT_TORCH_TEXT_MB                  how much of the larger texts is taken, in MB; default 200
  NIGHTYARD_DATA, NIGHTYARD_HELD_OUT where the files are; default: .nightyard/data/ in the lab
  NIGHTYARD_BUDGET_SECONDS           how long a run may train; default 300
  NIGHTYARD_SEED                     default 0
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy
import torch

VOCABULARY = 256
# Bytes a model sees at once when it is scored, and the rows the evaluator feeds at once.
SEQUENCE_LENGTH = 256
EVALUATION_ROWS = 16
BUDGET_SECONDS = float(os.environ.get("NIGHTYARD_BUDGET_SECONDS", "300"))
SEED = int(os.environ.get("NIGHTYARD_SEED", "0"))
if not BUDGET_SECONDS > 0:
    raise SystemExit("NIGHTYARD_BUDGET_SECONDS must be a number of seconds above 0")

# Start-up may take this long for free; then the clock runs by itself. Compiling for a GPU takes a minute or two.
FREE_SECONDS = 180 if torch.cuda.is_available() else 30
HELD_OUT_DOCUMENTS = 8
EXCERPT_BYTES = 48 * SEQUENCE_LENGTH + 1

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("NIGHTYARD_DATA", HERE / ".nightyard" / "data" / "runs"))
HELD_OUT = Path(os.environ.get("NIGHTYARD_HELD_OUT", HERE / ".nightyard" / "data" / "held-out"))
PARTS = ("train", "dev", "validation", "test")

ADDRESSES = "texts/state-of-the-union.json.br"
ADDRESSES_SHA512 = "zS9uL8FPYs31AJVjNVz7XNfZWAXqPbrgZ9ReW8DsdV9wMlBc81572IKipkRbckAN+i9zlsn+OKrH08Swv9/6MA=="
# The same four parts as labs/nano-gpt has, so figures of both labs are about the same bytes.
ADDRESSES_SHA256 = {
    "train": "48ec4debc7b64a090c872b1166722fce0f963a0772e5bbda6a5e2963f10a6c11",
    "dev": "5f2b07a402a08547cf4fdedf7b60f81cb60648b0eda1d97483e220fd2a3441e0",
    "validation": "08a6d59fbbf4acb2bd89b76be164a6be1a5d51d9ea966cba15a564da8d8d2d23",
    "test": "7f8842859e5ed5368a8540137ab1111c098bb6d41237a13251f5c7f4218de432",
}


def best_device() -> str:
    """CUDA, else Apple's GPU, else the processor."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load(part: str) -> torch.Tensor:
    """The bytes of a part, uint8. Stops the program when they are missing or not those that were prepared."""
    file = _file(part)
    if not file.exists():
        raise SystemExit(f"{part} data is missing: run prepare.py first")
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != json.loads((file.parent / "sha256.json").read_text())[part]:
        raise SystemExit(f"{part} data is damaged: its sha256 is not the one that was recorded")
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


def random_batch(text: torch.Tensor, rows: int, length: int, generator: torch.Generator, device: str):
    """Windows from random places: tokens and the byte that follows each, int64 [rows, length]."""
    starts = torch.randint(len(text) - length, (rows, 1), generator=generator)
    window = text[starts + torch.arange(length + 1)].long()
    if device == "cuda":
        window = window.pin_memory().to(device, non_blocking=True)
    else:
        window = window.to(device)
    return window[:, :-1], window[:, 1:]


def evaluation_batches(part: str):
    """A part cut into windows of SEQUENCE_LENGTH, none across two excerpts, EVALUATION_ROWS at a time."""
    excerpts = load(part).long().reshape(HELD_OUT_DOCUMENTS, EXCERPT_BYTES)
    tokens = excerpts[:, :-1].reshape(-1, EVALUATION_ROWS, SEQUENCE_LENGTH)
    targets = excerpts[:, 1:].reshape(-1, EVALUATION_ROWS, SEQUENCE_LENGTH)
    return list(zip(tokens, targets))


class BudgetClock:
    """Counts the training time. It starts by itself FREE_SECONDS after the process did."""

    def __init__(self) -> None:
        self._start = _process_start() + FREE_SECONDS

    def start(self) -> None:
        """Start-up and compilation are over. Without effect when the clock runs already."""
        self._start = min(self._start, time.monotonic())

    def seconds(self) -> float:
        return max(0.0, time.monotonic() - self._start)

    def progress(self) -> float:
        """Part of the budget that is used, 0 to 1 and beyond."""
        return self.seconds() / BUDGET_SECONDS


_IMPORTED_AT = time.monotonic()


def _process_start() -> float:
    """By the monotonic clock. Where the system does not tell: when this file was imported."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
        return time.monotonic() - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError, AttributeError):
        return _IMPORTED_AT


def process_seconds() -> float:
    """Seconds since the process started."""
    return time.monotonic() - _process_start()


# ---- the command


def split_documents(documents: list[tuple[str, bytes]]) -> dict[str, list[bytes]]:
    """Documents by part: the order of their names' hashes decides, which nothing in them can bias."""
    long = [d for d in documents if len(d[1]) >= EXCERPT_BYTES]
    ordered = sorted(long, key=lambda d: hashlib.sha256(d[0].encode()).hexdigest())
    taken = [ordered[i * HELD_OUT_DOCUMENTS : (i + 1) * HELD_OUT_DOCUMENTS] for i in range(3)]
    if len(taken[2]) < HELD_OUT_DOCUMENTS:
        raise SystemExit(f"the text has too few documents of {EXCERPT_BYTES} bytes")
    held = {name for part in taken for name, _ in part}
    rest = [text for name, text in documents if name not in held]
    validation, test, dev = ([text for _, text in part] for part in taken)
    return {"train": rest, "dev": dev, "validation": validation, "test": test}


def gather(texts: list[bytes], size: int = 64 * 1024) -> list[tuple[str, bytes]]:
    """Short stories in documents of about `size` bytes, so that a held-out one is long enough to be scored.

    A story that occurs again is left out: else it could stand on both sides of the split.
    """
    documents, lines, length, seen = [], [], 0, set()
    for text in texts:
        key = hashlib.sha256(text).digest()
        if key in seen:
            continue
        seen.add(key)
        lines.append(text)
        length += len(text) + 1
        if length >= size:
            documents.append((f"{len(documents):08d}", b"\n".join(lines)))
            lines, length = [], 0
    return documents


def read_addresses() -> list[tuple[str, bytes]]:
    for folder in [HERE, *HERE.parents]:
        for file in (folder / ADDRESSES, folder / "node_modules" / "nightyard" / ADDRESSES):
            if file.exists():
                return _unpack(file)
    raise SystemExit(f"{ADDRESSES} of the nightyard package was not found above {HERE}")


def _unpack(file: Path) -> list[tuple[str, bytes]]:
    packed = file.read_bytes()
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != ADDRESSES_SHA512:
        raise SystemExit(f"{file} is not the text this lab was made for; install nightyard again")
    # Python's library has no brotli, and Node, which nightyard needs, has.
    script = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"
    text = subprocess.run(["node", "-e", script], input=packed, stdout=subprocess.PIPE, check=True).stdout
    return [(address["name"], address["text"].encode()) for address in json.loads(text)]


def read_tinystories(limit: int) -> list[tuple[str, bytes]]:
    from huggingface_hub import hf_hub_download

    file = hf_hub_download("roneneldan/TinyStories", "TinyStoriesV2-GPT4-train.txt", repo_type="dataset")
    with open(file, "rb") as opened:
        return gather([story.strip() for story in opened.read(limit).split(b"<|endoftext|>")])


def read_climbmix(limit: int) -> list[tuple[str, bytes]]:
    import pyarrow.parquet as parquet
    from huggingface_hub import hf_hub_download

    texts, total, shard = [], 0, 0
    while total < limit:
        file = hf_hub_download("karpathy/climbmix-400b-shuffle", f"shard_{shard:05d}.parquet", repo_type="dataset")
        for batch in parquet.ParquetFile(file).iter_batches(columns=["text"]):
            texts += [text.encode() for text in batch.column("text").to_pylist()]
        total, shard = sum(map(len, texts)), shard + 1
    return gather(texts)


def _file(part: str) -> Path:
    return (DATA if part in ("train", "dev") else HELD_OUT) / f"{part}.bin"


def main() -> None:
    text = os.environ.get("GPT_TORCH_TEXT", "") or "addresses"
    limit = int(float(os.environ.get("GPT_TORCH_TEXT_MB", "") or 200) * 1e6)
    if text not in ("addresses", "tinystories", "climbmix"):
        raise SystemExit(f"GPT_TORCH_TEXT must be addresses, tinystories or climbmix, found {text!r}")
    DATA.mkdir(parents=True, exist_ok=True)
    HELD_OUT.mkdir(parents=True, exist_ok=True)
    if text == "addresses":
        documents = read_addresses()
    else:
        documents = read_tinystories(limit) if text == "tinystories" else read_climbmix(limit)
    hashes: dict[str, str] = {}
    for part, texts in split_documents(documents).items():
        # Documents of train.bin end with a line feed each.
        whole = b"".join(t + b"\n" for t in texts) if part == "train" else b"".join(t[:EXCERPT_BYTES] for t in texts)
        hashes[part] = hashlib.sha256(whole).hexdigest()
        if text == "addresses" and hashes[part] != ADDRESSES_SHA256[part]:
            raise SystemExit(f"{part} came out otherwise than it must: sha256 {hashes[part]}")
        _file(part).write_bytes(whole)
        print(f"{part}: {len(texts)} documents, {len(whole)} bytes, sha256 {hashes[part]}")
    for folder in (DATA, HELD_OUT):
        (folder / "sha256.json").write_text(json.dumps({"text": text, **hashes}))


if __name__ == "__main__":
    sys.exit(main())
