"""The one way to compile a numba kernel: compiler, cache folder, hash of sources.

Numba's disk cache looks at the file of the kernel alone: change a constant or a helper in another
file and it serves the stale machine code. So each package of kernels gets a cache folder named by a
hash of *all* its sources (and of those that it builds on); change any and the old code is out of reach.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import event

log = logging.getLogger(__name__)

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def cache_root() -> Path:
    """Where compiled kernels are kept: the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "crisp-accel-sim" / "kernels"


def source_hash(sources: Iterable[Path]) -> str:
    """A hash of the names and bytes of all Python files in the given folders, however deep, and files."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sources:
        files = sorted(source.rglob("*.py")) if source.is_dir() else [source]
        for file in files:
            name = file.relative_to(source.parent).as_posix()
            digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def cache_folder(*sources: Path) -> Path:
    """Where the compiled kernels of a package lie whose code lies in ``sources``."""
    return cache_root() / source_hash([*sources, Path(__file__)])  # the compiler's options are code too


def is_cold(folder: Path) -> bool:
    """Whether a cache folder holds no compiled kernel yet."""
    return not any(folder.glob("*/*.nbi"))


def compiler(*sources: Path) -> Callable[[Kernel], Kernel]:
    """A decorator that compiles a function of a package whose code lies in ``sources``.

    To a type checker it changes nothing: a kernel is called as its annotations say.
    """
    folder = cache_folder(*sources)
    cached = _is_writable(folder)
    if is_cold(folder):
        _say_when_compiling()

    def compile_kernel(function: Kernel) -> Kernel:
        config: Any = numba.config
        njit: Any = numba.njit  # whose types lack the last option; no kernel is called from C
        before = config.CACHE_DIR
        config.CACHE_DIR = str(folder)  # read by numba while it decorates
        try:
            compiled: Kernel = njit(cache=cached, nogil=True, no_cfunc_wrapper=True)(function)
            return compiled
        finally:
            config.CACHE_DIR = before

    return compile_kernel


class _FirstCompilation(event.Listener):
    """Says once, before the first kernel is compiled, why nothing seems to happen for a while."""

    said = False

    def on_start(self, _: object) -> None:
        if not self.said:
            self.said = True
            log.info("compiling kernels, which takes a first run some seconds more than the next")

    def on_end(self, _: object) -> None:
        pass


@cache
def _say_when_compiling() -> None:
    event.register("numba:compile", _FirstCompilation())  # type: ignore[no-untyped-call]


def _is_writable(folder: Path) -> bool:
    """Whether code can be kept in ``folder``; where not, kernels are compiled anew in each process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
