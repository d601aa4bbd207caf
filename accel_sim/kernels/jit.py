"""The compiler of accel_sim's kernels, and whether a first run is ahead that compiles them all."""

from __future__ import annotations

from pathlib import Path

import workloads.kernels.jit
from workloads.kernels.jit import cache_folder, compiler, is_cold

_HERE = Path(__file__).parent
_MASKS = Path(workloads.kernels.jit.__file__).parent

SOURCES = (_HERE, _HERE.parent / "counters", _MASKS)  # all of ours that a kernel imports
kernel = compiler(*SOURCES)


def nothing_is_compiled() -> bool:
    """Whether a first run is ahead, which will compile every kernel that it needs and keep it."""
    folder = cache_folder(*SOURCES)
    return folder.is_dir() and is_cold(folder)
