"""How much memory this process can have, of computer or container; what would need more is refused."""

from __future__ import annotations

import os
from pathlib import Path

from workloads.inputs.errors import InputError

_CGROUP = Path("/sys/fs/cgroup/memory.max")  # of a container: "max", or bytes


def memory_limit() -> int:
    """Bytes that this process can have: the machine's, or less where a container or ``ulimit -v`` says so."""
    try:
        limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, ValueError, OSError):  # no such question on this system
        limits = [2**63 - 1]
    try:
        import resource

        soft = resource.getrlimit(resource.RLIMIT_AS)[0]
        limits += [soft] if soft != resource.RLIM_INFINITY else []
    except ImportError:
        pass
    try:
        text = _CGROUP.read_text(encoding="ascii").strip()
        limits += [int(text)] if text.isdecimal() else []
    except (OSError, ValueError):
        pass
    return min(limits)


def require_memory(estimate: int, what: str, mend: str) -> None:
    """Refuse what would need more memory than there is.

    Args:
        estimate: bytes.
        what: needs them.
        mend: how it would need less.

    Raises:
        InputError: it would; the text says the estimate and the limit.
    """
    limit = memory_limit()
    if estimate > limit:
        raise InputError(
            f"{what}: expected a run that fits into this machine's memory, {_gigabytes(limit)}, got an"
            f" estimate of {_gigabytes(estimate)}; {mend}"
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size < 1e15 else f"{size / 1e9:.1e} GB"
