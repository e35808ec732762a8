#!/bin/sh
# Frozen: starts the lab's Python, that of the nearest .venv from this folder upward: a run's folder has a link to it,
# the sealed copy lies below the lab.
here=$(cd "$(dirname "$0")" && pwd)
while [ ! -x "$here/.venv/bin/python" ]; do
  if [ "$here" = / ]; then
    echo "gpt-torch: no .venv with a Python was found; see README.md for the two lines that make it" >&2
    exit 127
  fi
  here=$(dirname "$here")
done
# Threads that wait in a loop take the processor from those they wait for: ten times slower on a busy machine.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}" PYTHONDONTWRITEBYTECODE=1
exec "$here/.venv/bin/python" -s "$@"
