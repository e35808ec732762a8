/**
 * A repository of the shape that the original autoresearch has, with a stand-in trainer in plain Python: capital-letter
 * constants, a noisy number that depends on them, and the classic block. It needs `uv`, no package and no network.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import os from "node:os";
import { delimiter, dirname, join } from "node:path";
import { component } from "./component.ts";
import { makeRepo } from "./repo.ts";

const OWN = join(os.homedir(), ".nightyard-uv", "bin");
const INSTALL = "python3 -m venv ~/.nightyard-uv && ~/.nightyard-uv/bin/pip install uv==0.13.9";

/** PATH on which `uv` is found, or undefined where it is not installed. */
export function pathWithUv(): string | undefined {
  const path = process.env.PATH ?? "";
  const found = [OWN, ...path.split(delimiter)].find((dir) => existsSync(join(dir, "uv")));
  if (!component(found !== undefined, "uv", INSTALL)) return undefined;
  return [found, path].join(delimiter);
}

const PROGRAM = `# autoresearch

This is an experiment to have the LLM do its own research.

- Modify \`train.py\`: this is the only file you edit.
- Do not modify \`prepare.py\`.

LOOP FOREVER: change train.py, commit, \`uv run train.py > run.log 2>&1\`, record it in results.tsv, keep or reset.
`;

const PYPROJECT = `[project]
name = "autoresearch"
version = "0.1.0"
description = "Autonomous research"
requires-python = ">=3.10"
dependencies = []
`;

/** `cache`: the folder below ~/.cache; every test takes one of its own, which it removes. */
const prepare = (cache: string) => `"""
One-time data preparation. Data is stored in ~/.cache/${cache}/.
"""
import os

TIME_BUDGET = 1  # training time budget in seconds
CACHE_DIR = os.path.join(os.path.expanduser("~"), ".cache", "${cache}")
DATA_DIR = os.path.join(CACHE_DIR, "data")


def load():
    with open(os.path.join(DATA_DIR, "target.txt")) as f:
        return float(f.read())


if __name__ == "__main__":
    os.makedirs(DATA_DIR, exist_ok=True)
    with open(os.path.join(DATA_DIR, "target.txt"), "w") as f:
        f.write("0.02")
    with open(os.path.join(CACHE_DIR, "prepared.log"), "a") as f:
        f.write("prepared\\n")
    print("Done! Ready to train.")
`;

const TRAIN = `"""
Stand-in for the pretraining script.
Usage: uv run train.py
"""
import math
import os
import sys
import time

from prepare import TIME_BUDGET, load

# ---------------------------------------------------------------------------
# Hyperparameters (edit these directly, no CLI flags needed)
# ---------------------------------------------------------------------------
DEPTH = 8
MATRIX_LR = 0.2
WEIGHT_DECAY = 0.1

t_start = time.time()
target = load()
val_bpb = 1 + 0.1 * math.log(MATRIX_LR / target) ** 2 + WEIGHT_DECAY + 0.001 * abs(DEPTH - 8)
time.sleep(0.05 * TIME_BUDGET)
print("prefix", sys.prefix)
print("home", sorted(os.listdir(os.path.expanduser("~"))))
print("---")
print(f"val_bpb:          {val_bpb:.6f}")
print(f"training_seconds: {time.time() - t_start:.1f}")
print(f"total_seconds:    {time.time() - t_start:.1f}")
print(f"peak_vram_mb:     {45060.2:.1f}")
print(f"num_steps:        {953}")
print(f"depth:            {DEPTH}")
`;

/** Such a repository in one commit; \`uv.lock\` is not in it, as in a fork that has none. */
export function originalRepo(cache: string, more: Readonly<Record<string, string>> = {}): string {
  return makeRepo({
    ".gitignore": "__pycache__/\n.venv\nresults.tsv\nrun.log\nuv.lock\n",
    ".python-version": `${pythonVersion()}\n`,
    "program.md": PROGRAM,
    "pyproject.toml": PYPROJECT,
    "prepare.py": prepare(cache),
    "train.py": TRAIN,
    "README.md": "# autoresearch\n",
    ...more,
  });
}

/** The machine's own Python: none is downloaded in a test. */
function pythonVersion(): string {
  const { stdout } = spawnSync("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], {
    encoding: "utf8",
  });
  return stdout.trim() || "3.10";
}

/** PyTorch's Python of `.ci/install`, or undefined where it is not installed. */
export function pythonWithTorch(): string | undefined {
  const python = join(os.homedir(), ".nightyard-torch", "bin", "python");
  const libs = join(dirname(dirname(python)), "lib");
  const there = existsSync(python) && readdirSync(libs).length > 0;
  return component(there, "PyTorch", "bash bench/tokens/install-torch.sh ~/.nightyard-torch") ? python : undefined;
}
