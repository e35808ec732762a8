#!/usr/bin/env bash
# Installs PyTorch for the benchmark into a virtual environment: bash bench/tokens/install-torch.sh FOLDER
#
# Where PyPI's wheel is built for CUDA (Linux on x86), importing it wants more than 2 GB of CUDA libraries that work on the
# processor never calls. So only the two that run at import are installed, and the others are stood in for by libraries
# whose functions abort. Elsewhere (macOS, Linux on ARM) the plain wheel is all there is to do. Needs python3 with venv,
# and cc and nm on x86 Linux.
set -euo pipefail
folder=${1:?usage: install-torch.sh FOLDER}
torch=${TORCH_WHEEL:-torch==2.13.0}

python3 -m venv "$folder"
python=$(cd "$folder/bin" && pwd)/python
pip=("$python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" --no-deps "$torch"
"${pip[@]}" filelock typing-extensions sympy networkx jinja2 fsspec setuptools numpy
lib=$("$python" -c 'import sysconfig; print(sysconfig.get_path("platlib") + "/torch/lib")')

if [ -e "$lib/libtorch_cuda.so" ]; then
  "${pip[@]}" --no-deps "nvidia-cuda-runtime==13.0.*" "nvidia-cuda-cupti==13.0.*"
  cd "$lib"
  prefixes='nvshmem|cudnn|cublas|cusparse|cufft|curand|nccl|nvrtc|cuFile|cusolver'
  symbols=$(nm -D --undefined-only libtorch_*.so | grep -oE "\b($prefixes)[A-Za-z0-9_]*" | sort -u)
  { echo '#include <stdlib.h>'; for name in $symbols; do echo "void $name(void) { abort(); }"; done; } >stand-in.c
  # libcudnn carries the functions of all; the others only have to be there.
  cc -shared -fPIC -Wl,-soname,libcudnn.so.9 -o libcudnn.so.9 stand-in.c
  echo >empty.c
  for name in $(readelf -d libtorch_*.so | grep -oE '\[lib(cu|nccl|nv)[A-Za-z_]*\.so\.[0-9]+\]' | tr -d '[]' | sort -u); do
    case $name in libcudart* | libcupti* | libcudnn*) continue ;; esac
    cc -shared -fPIC -Wl,-soname,"$name" -o "$name" empty.c
  done
fi
"$python" -c 'import torch; print("PyTorch", torch.__version__)'
