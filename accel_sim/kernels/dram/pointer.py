"""Arrays as bare pointers, for compiled helpers that are called once a clock.

Numba counts references to an array, atomically, whenever a function takes it: for a helper of a few
instructions that is most of its time. A pointer is indexed alike and is not counted; whoever makes one
has to hold the array meanwhile.
"""

from __future__ import annotations

from typing import Any

from numba import config, types
from numba.extending import intrinsic


@intrinsic
def _pointer(typing_context: Any, array: Any) -> Any:  # noqa: ARG001
    """A pointer to the first element of a contiguous array."""
    if not isinstance(array, types.Array) or array.layout != "C":
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    to_first: Any = types.CPointer(array.dtype)  # type: ignore[no-untyped-call]
    return to_first(array), generate


def _itself(array: Any) -> Any:
    """An array where nothing is compiled: it is indexed alike."""
    return array


pointer: Any = _itself if config.DISABLE_JIT else _pointer  # type: ignore[attr-defined]
