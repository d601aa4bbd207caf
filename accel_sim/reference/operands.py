"""Operands of a stepped layer: random ones, checks of those that are brought, both as plain integers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from accel_sim.reference.unfold import activation_at
from workloads.inputs import InputError
from workloads.layer import Layer
from workloads.workload import MaskedLayer

Operand = npt.NDArray[np.int8]


class Operands(NamedTuple):
    """``weights`` [m_dim, k_dim], zero where pruned; ``activations`` [batch, in_channels, in_h, in_w]."""

    weights: Operand
    activations: Operand


class Numbers:
    """Both operands of a stepped layer as plain integers, the activations unfolded."""

    def __init__(self, masked: MaskedLayer, operands: Operands) -> None:
        layer = masked.layer
        self.weights: list[list[int]] = operands.weights.tolist()  # [m_dim][k_dim]
        self.keep: list[list[bool]] = masked.mask.to_dense().tolist()  # the same: which survive
        # [convolution group][output column][k]: what the array is fed with, zero in the padding.
        self.unfolded = [
            [_unfold(layer, operands.activations, column, group) for column in range(layer.n_dim)]
            for group in range(layer.groups)
        ]


def _unfold(layer: Layer, activations: Operand, column: int, conv_group: int) -> list[int]:
    values = []
    for k in range(layer.k_dim):
        pixel, channel = activation_at(layer, column, conv_group, k)
        values.append(int(activations[pixel[0], channel, pixel[1], pixel[2]]) if pixel else 0)
    return values


def random_operands(masked: MaskedLayer, seed: int) -> Operands:
    """Operands over the whole range of int8, from a seed; activations are zero where the layer says so."""
    rng = np.random.default_rng(seed)
    layer = masked.layer
    weights = rng.integers(-128, 128, (layer.m_dim, layer.k_dim), np.int8) * masked.mask.to_dense()
    activations = rng.integers(-128, 127, _shape(layer), np.int8)
    activations += activations >= 0  # no zero among them
    return Operands(weights.astype(np.int8), (activations * _non_zero(masked)).astype(np.int8))


def check_operands(masked: MaskedLayer, operands: Operands) -> None:
    """Raise InputError if operands do not fit the layer or its mask."""
    layer = masked.layer
    expected = {"weights": (layer.m_dim, layer.k_dim), "activations": _shape(layer)}
    for name, shape in expected.items():
        operand = getattr(operands, name)
        if operand.dtype != np.int8 or operand.shape != shape:
            raise InputError(
                f"{layer.name}: {name}: expected int8 {shape}, got {operand.dtype} {operand.shape}"
            )
    if operands.weights[~masked.mask.to_dense()].any():
        raise InputError(f"{layer.name}: weights: expected zeros where the mask prunes, got others")


def check_zeros(masked: MaskedLayer, operands: Operands) -> None:
    """Raise InputError if activations are zero where the layer says otherwise, or the other way round."""
    if ((operands.activations != 0) != _non_zero(masked)).any():
        raise InputError(f"{masked.layer.name}: activations: expected zeros exactly where the layer has them")


def _shape(layer: Layer) -> tuple[int, int, int, int]:
    return layer.batch, layer.in_channels, layer.in_h, layer.in_w


def _non_zero(masked: MaskedLayer) -> npt.NDArray[np.bool_]:
    """Which activations are not zero, in the shape of the operand."""
    layer = masked.layer
    keep = masked.activation_keep.to_dense()
    return keep.reshape(layer.batch, layer.in_h, layer.in_w, layer.in_channels).transpose(0, 3, 1, 2)
