"""Arrays that a caller hands over, torch's or lists too, as numpy arrays, and where they are not zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from workloads.inputs.errors import InputError
from workloads.inputs.values import shown

_NUMBERS = "biuf"  # kinds of numpy types: true or false, whole numbers, floats


def plain_array(value: object, what: str) -> npt.NDArray[Any]:
    """``value`` as a numpy array of numbers, or of true and false; a torch tensor from wherever it lies.

    Raises:
        TypeError: no such array: text, objects, complex numbers, rows of different lengths.
    """
    expected = f"{what}: expected an array or tensor of numbers"
    try:
        array = np.asarray(_from_tensor(value) if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError) as error:  # ragged lists; sparse tensors
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TypeError(f"{expected}, got {shown(value)} ({reason})") from None
    if array.dtype.kind not in _NUMBERS:
        kind = "text" if array.dtype.kind in "US" else str(array.dtype)
        raise TypeError(f"{expected}, got {kind if array.ndim else shown(value)}")
    return array


def nonzero(value: object, what: str) -> npt.NDArray[np.bool_]:
    """Where an array is not zero: bool, of its shape.

    Raises:
        TypeError: as :func:`plain_array`.
        InputError: NaN, of which nobody knows whether it is zero.
    """
    array = plain_array(value, what)
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise InputError(f"{what}: expected numbers, got NaN")
    return np.asarray(array, np.bool_)


def _from_tensor(tensor: Any) -> Any:
    """The numbers of a torch tensor; of a type that numpy lacks (bfloat16) as float32, exactly."""
    here = tensor.detach().cpu()
    try:
        return here.numpy()
    except TypeError:
        return here.float().numpy()
