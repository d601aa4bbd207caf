"""Which activations of a layer are not zero, as architectures ask for it (rule 8b)."""

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


def column_counts(item: MaskedLayer, columns: int) -> npt.NDArray[np.int32]:
    """Non-zero activations of each k position: int32 [runs of ``columns`` columns, conv groups, k_dim]."""
    return run_counts(item, np.arange(item.layer.n_dim) // columns)


def run_counts(item: MaskedLayer, run_of: Ints, runs: int | None = None) -> npt.NDArray[np.int32]:
    """The same for any runs: ``run_of`` [n_dim] says the run of each output column."""
    sizes = _sizes(item)
    return kernels.count_columns(item.activation_keep.to_dense(), *sizes, run_of, runs or int(run_of[-1]) + 1)


def unfolded_stretches(item: MaskedLayer, depth: int, place_of: Ints, places: int) -> npt.NDArray[np.uint64]:
    """Non-zero activations as bits: uint64 [stretches of ``depth``, conv groups, places, words].

    Args:
        place_of: where each output column goes, [n_dim].
    """
    return kernels.unfold_stretches(item.activation_keep.words, *_sizes(item), place_of, places, depth)


def group_weights(item: MaskedLayer) -> Ints:
    """Surviving weights of each k position in each convolution group: int64 [conv groups, k_dim]."""
    layer = item.layer
    dense = item.mask.to_dense().reshape(layer.groups, -1, layer.k_dim)
    survivors: Ints = dense.sum(axis=1, dtype=np.int64)
    return survivors


def pairs(item: MaskedLayer) -> int:
    """Surviving weights x activations that they meet and that are not zero."""
    counts = column_counts(item, item.layer.n_dim)[0]
    return int((group_weights(item) * counts).sum())


def _sizes(item: MaskedLayer) -> tuple[Geometry, LayerShape]:
    layer = item.layer
    if layer.n_dim > MOST_COLUMNS:
        raise InputError(
            f"{layer.name}: expected at most {MOST_COLUMNS:,} output pixels on a machine that looks at zero"
            f" activations, got {layer.n_dim:,}"
        )
    return geometry(layer), layer_shape(layer)
