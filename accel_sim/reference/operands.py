"""Random operands for a layer: what the stepped machine multiplies where nobody brought numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workloads.inputs import InputError
from workloads.workload import MaskedLayer

Operand = npt.NDArray[np.int8]


class Operands(NamedTuple):
    """``weights`` [m_dim, k_dim], zero where pruned; ``activations`` [batch, in_channels, in_h, in_w]."""

    weights: Operand
    activations: Operand


def random_operands(item: MaskedLayer, seed: int) -> Operands:
    """Operands over the whole range of int8, from a seed."""
    rng = np.random.default_rng(seed)
    layer = item.layer
    weights = rng.integers(-128, 128, (layer.m_dim, layer.k_dim), np.int8) * item.mask.to_dense()
    shape = (layer.batch, layer.in_channels, layer.in_h, layer.in_w)
    return Operands(weights.astype(np.int8), rng.integers(-128, 128, shape, np.int8))


def check_operands(item: MaskedLayer, operands: Operands) -> None:
    """Raise InputError if operands do not fit the layer or its mask."""
    layer = item.layer
    expected = {
        "weights": (layer.m_dim, layer.k_dim),
        "activations": (layer.batch, layer.in_channels, layer.in_h, layer.in_w),
    }
    for name, shape in expected.items():
        operand = getattr(operands, name)
        if operand.dtype != np.int8 or operand.shape != shape:
            raise InputError(
                f"{layer.name}: {name}: expected int8 {shape}, got {operand.dtype} {operand.shape}"
            )
    if operands.weights[~item.mask.to_dense()].any():
        raise InputError(f"{layer.name}: weights: expected zeros where the mask prunes, got others")
