"""Read a pickle of plain data and byte arrays without running anything that it says.

``pickle`` calls whatever a file names. Here the few names that a pickled numpy array uses stand for
classes of this module, which hold what they are given and look at it afterwards; every other name ends
the reading. Not even numpy's own reconstruction sees the file.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from workloads.inputs import InputError, require_file


class _DType:
    """What ``numpy.dtype(name, ...)`` was called with."""

    def __init__(self, name: object, *_: object) -> None:
        self.name = name.decode("latin1") if isinstance(name, bytes) else name

    def __setstate__(self, state: object) -> None:
        """Byte order and alignment: of no meaning for single bytes."""


class _Array:
    """An array that has been announced; its state follows."""

    def __init__(self) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state

    def value(self) -> np.ndarray:
        """The array, if it is one of unsigned bytes that its data fill."""
        if not isinstance(self.state, tuple) or len(self.state) != 5:
            raise pickle.UnpicklingError("an array without its data")
        _, shape, dtype, fortran, data = self.state
        if not isinstance(dtype, _DType) or dtype.name not in ("u1", "|u1", "uint8"):
            raise pickle.UnpicklingError("an array of something else than unsigned bytes")
        if not isinstance(data, bytes) or not isinstance(shape, tuple):
            raise pickle.UnpicklingError("an array without bytes or shape")
        return np.frombuffer(data, np.uint8).reshape(
            tuple(int(size) for size in shape), order="F" if fortran else "C"
        )


def _reconstruct(*_: object) -> _Array:
    return _Array()


def _encode(text: object, encoding: object = "latin1") -> bytes:
    # Python 3 writes bytes as text in the older pickle protocols.
    name = encoding.decode("latin1") if isinstance(encoding, bytes) else encoding
    if not isinstance(text, str) or name != "latin1":
        raise pickle.UnpicklingError("encoded text of a kind that arrays do not need")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    # The older protocols write b"" as a call of bytes without arguments.
    return b""


_NAMES: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _no_bytes,
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMES:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return _NAMES[module, name]


def read_plain_pickle(path: Path) -> Any:
    """The dictionaries, lists, numbers, bytes and uint8 arrays in the pickle ``path``.

    Text that Python 2 wrote comes as bytes.

    Raises:
        InputError: the file is missing or damaged, or names anything but numpy's byte arrays.
    """
    require_file(path, "a pickle of plain data")
    try:
        with path.open("rb") as file:
            return _settled(_PlainUnpickler(file, encoding="bytes").load(), depth=0)
    except Exception as error:  # a damaged pickle can raise nearly anything
        text = f"{error}" or type(error).__name__
        raise InputError(f"{path}: expected a pickle of plain data, got: {text}") from error


def _settled(value: Any, depth: int) -> Any:
    """``value`` with arrays in the place of what stood for them."""
    if depth > 8:
        raise pickle.UnpicklingError("data nested too deeply")
    if isinstance(value, _Array):
        return value.value()
    if isinstance(value, dict):
        return {key: _settled(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_settled(item, depth + 1) for item in value)
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    raise pickle.UnpicklingError(f"a value of the type {type(value).__name__}")
