"""A masked layer's non-zero activations, surviving weights and their pairs, counted by k (rule 8b)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from accel_sim.architectures.contract import Ints
from accel_sim.architectures.shared.geometry import geometry, layer_shape
from accel_sim.kernels.arrays.shared import zero_activations as kernels
from accel_sim.kernels.layer import Geometry, LayerShape
from workloads.inputs import InputError
from workloads.workload import MaskedLayer

MOST_COLUMNS = 2**31 - 1  # kernels count them in int32


def column_counts(masked: MaskedLayer, columns: int) -> npt.NDArray[np.int32]:
    """Non-zero activations of each k position: int32 [runs of ``columns`` columns, conv groups, k_dim]."""
    return run_counts(masked, np.arange(masked.layer.n_dim) // columns)


def run_counts(masked: MaskedLayer, run_of: Ints, runs: int | None = None) -> npt.NDArray[np.int32]:
    """Non-zero activations of each k position in any runs: ``run_of`` [n_dim], of each output column."""
    sizes = _sizes(masked)
    return kernels.count_columns(
        masked.activation_keep.to_dense(), *sizes, run_of, runs or int(run_of[-1]) + 1
    )


def unfolded_stretches(
    masked: MaskedLayer, depth: int, place_of: Ints, places: int
) -> npt.NDArray[np.uint64]:
    """Non-zero activations as bits: uint64 [stretches of ``depth``, conv groups, places, words].

    Args:
        place_of: where each output column goes, [n_dim].
    """
    return kernels.unfold_stretches(masked.activation_keep.words, *_sizes(masked), place_of, places, depth)


def group_weights(masked: MaskedLayer) -> Ints:
    """Surviving weights of each k position in each convolution group: int64 [conv groups, k_dim]."""
    layer = masked.layer
    dense = masked.mask.to_dense().reshape(layer.groups, -1, layer.k_dim)
    survivors: Ints = dense.sum(axis=1, dtype=np.int64)
    return survivors


def pairs(masked: MaskedLayer) -> int:
    """Surviving weights x activations that they meet and that are not zero."""
    counts = column_counts(masked, masked.layer.n_dim)[0]
    return int((group_weights(masked) * counts).sum())


def _sizes(masked: MaskedLayer) -> tuple[Geometry, LayerShape]:
    layer = masked.layer
    if layer.n_dim > MOST_COLUMNS:
        raise InputError(
            f"{layer.name}: expected at most {MOST_COLUMNS:,} output pixels on a machine that looks at zero"
            f" activations, got {layer.n_dim:,}"
        )
    return geometry(layer), layer_shape(layer)
