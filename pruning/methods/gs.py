"""gs: the method of load-balanced gather-scatter: equally many survivors of a row in every memory bank.

After Sun et al., "Load-balanced Gather-scatter Patterns for Sparse Deep Neural Networks" (2021, arXiv
2112.10898); :mod:`workloads.patterns.gs` says what a group is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pruning.methods import contract
from pruning.methods.shared.matrices import Saliency, as_matrices, require_sums, unreachable, weight_budget
from workloads.masks import KeepMask
from workloads.patterns.gs import group_sizes, keep_groups, rank_groups, require_banks


@dataclass(frozen=True)
class Method(contract.MaskingMethod):
    """Gather-scatter pruning, ``gs(banks=8)``."""

    banks: int = 8

    def __post_init__(self) -> None:
        require_banks(self.banks)

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """The groups of the highest sums over all layers, and of each layer its first.

        Group j of a row takes the j-th highest weight of each bank, ties to the lower index; equal
        groups go by layer, row and j.
        """
        matrices = as_matrices(saliency)
        require_sums(matrices)
        total = always_kept + sum(matrix.size for matrix in matrices.values())
        places, scores, sizes, rows = {}, [], [], []
        for name, matrix in matrices.items():
            places[name], sums = rank_groups(matrix, self.banks)
            sums.flat[np.argmax(sums)] = np.inf  # the layer's best stays
            scores.append(sums.ravel())
            sizes.append(np.tile(group_sizes(matrix.shape[1], self.banks), len(matrix)))
            rows.append(np.repeat(np.arange(len(matrix)), sums.shape[1]))
        order = np.argsort(-np.concatenate(scores), kind="stable")
        kept = always_kept + np.cumsum(np.concatenate(sizes)[order])
        count = int((kept <= weight_budget(total, sparsity)).sum())
        if count < len(matrices):
            raise unreachable(sparsity, int(kept[len(matrices) - 1]), total)
        alive = np.zeros(len(order), np.bool_)
        alive[order[:count]] = True
        masks, start = {}, 0
        for (name, matrix), row in zip(matrices.items(), rows, strict=True):
            groups = np.bincount(row[alive[start : start + len(row)]], minlength=len(matrix))
            masks[name] = keep_groups(places[name], groups, matrix.shape[1])
            start += len(row)
        return masks
