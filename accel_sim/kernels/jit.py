"""The compiler of this package's kernels, cached by a hash of all that they are built from."""

from __future__ import annotations

from pathlib import Path

import workloads.jit
from workloads.jit import compiler

_HERE = Path(__file__).parent
_MASKS = Path(workloads.jit.__file__).parent / "kernels"

SOURCES = (_HERE, _HERE.parent / "counters.py", _MASKS)  # all of ours that a kernel imports
kernel = compiler(*SOURCES)
