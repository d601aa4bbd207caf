"""The mask step of unstructured pruning: the highest saliency survives, wherever it lies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from pruning.methods.shared.matrices import Matrix, Saliency, as_bool, as_matrices, unreachable, weight_budget
from workloads.kernels.select import keep_above
from workloads.masks import KeepMask


def unstructured_masks(saliency: Saliency, sparsity: float = 0.9) -> dict[str, Tensor]:
    """The masks that keep the highest saliency of the whole network, bool [m_dim, k_dim] a layer.

    Raises:
        InputError: as :func:`crisp_masks`.
    """
    return as_bool(keep_unstructured(saliency, sparsity), saliency)


def keep_unstructured(saliency: Saliency, sparsity: float, always_kept: int = 0) -> dict[str, KeepMask]:
    """The highest saliency over all layers, equal ones by layer order and then lower index.

    Args:
        always_kept: weights of layers that are not in ``saliency`` and count as survivors.
    """
    matrices = as_matrices(saliency)
    flat = np.concatenate([matrix.ravel() for matrix in matrices.values()])
    total = always_kept + flat.size
    count = weight_budget(total, sparsity) - always_kept
    if count < 1:
        raise unreachable(sparsity, always_kept + 1, total)
    return _keep_highest(matrices, flat, count)


def keep_unstructured_per_layer(
    saliency: Saliency, sparsity: float, always_kept: int = 0
) -> dict[str, KeepMask]:
    """The highest saliency of each layer, ties to the lower index: the same share of every layer.

    Each keeps one, and of the others the share that the target leaves, rounded down.

    Args:
        always_kept: weights of layers that are not in ``saliency`` and count as survivors.
    """
    matrices = as_matrices(saliency)
    weights = sum(matrix.size for matrix in matrices.values())
    total = always_kept + weights
    budget = weight_budget(total, sparsity) - always_kept
    spare, others = budget - len(matrices), max(1, weights - len(matrices))
    if spare < 0:
        raise unreachable(sparsity, always_kept + len(matrices), total)
    masks: dict[str, KeepMask] = {}
    for name, matrix in matrices.items():
        count = 1 + (matrix.size - 1) * spare // others
        masks |= _keep_highest({name: matrix}, matrix.ravel(), count)
    return masks


def _keep_highest(matrices: Mapping[str, Matrix], flat: Matrix, count: int) -> dict[str, KeepMask]:
    """The ``count`` highest of all matrices, whose numbers ``flat`` holds."""
    threshold = np.partition(flat, flat.size - count)[flat.size - count]
    ties = count - int((flat > threshold).sum())
    masks = {}
    for name, matrix in matrices.items():
        words = KeepMask.blank(*matrix.shape)
        keep_above(matrix, threshold, ties, words)
        ties -= min(ties, int((matrix == threshold).sum()))
        masks[name] = KeepMask(words, matrix.shape[1])
    return masks
