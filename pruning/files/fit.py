"""Whether the tensors of a file fit the network that they are for, and which do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

_NAMED = 3


def misfit(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str:
    """What a file with ``found`` lacks and has too much of, the first few by name; empty if all fits."""
    both = sorted(expected.keys() & found.keys())
    shapes = [
        f"{name!r} as {list(found[name].shape)} and not {list(expected[name].shape)}"
        for name in both
        if found[name].shape != expected[name].shape
    ]
    kinds = {
        "lacks": [repr(name) for name in sorted(expected.keys() - found.keys())],
        "has the unknown": [repr(name) for name in sorted(found.keys() - expected.keys())],
        "has": shapes,
    }
    return "; ".join(f"{what} {_several(names)}" for what, names in kinds.items() if names)


def _several(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
