"""The compiler of this package's kernels, cached by a hash of all that they are built from."""

from __future__ import annotations

from pathlib import Path

from workloads.jit import compiler

_HERE = Path(__file__).parent

SOURCES = (_HERE, _HERE.parent / "counters.py")  # all of ours that a kernel imports
kernel = compiler(*SOURCES)
