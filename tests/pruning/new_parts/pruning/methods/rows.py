"""rows: whole rows survive, over all layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pruning.methods import contract
from pruning.methods.shared.matrices import Saliency, as_matrices, weight_budget
from workloads.masks import KeepMask


@dataclass(frozen=True)
class Method(contract.MaskingMethod):
    """Row pruning, ``rows``."""

    def choose(self, saliency: Saliency, sparsity: float, always_kept: int) -> dict[str, KeepMask]:
        """The rows of the highest means, and of each layer its best."""
        matrices = as_matrices(saliency)
        total = always_kept + sum(matrix.size for matrix in matrices.values())
        left = weight_budget(total, sparsity) - always_kept
        keep = {name: np.zeros(matrix.shape, np.bool_) for name, matrix in matrices.items()}
        means = {name: matrix.mean(axis=1) for name, matrix in matrices.items()}
        best = [(name, int(found.argmax())) for name, found in means.items()]
        others = sorted(
            ((name, row) for name, found in means.items() for row in range(len(found))),
            key=lambda place: -means[place[0]][place[1]],
        )
        for name, row in (*best, *others):
            if not keep[name][row].any() and keep[name].shape[1] <= left:
                keep[name][row] = True
                left -= keep[name].shape[1]
        return {name: KeepMask.from_dense(rows) for name, rows in keep.items()}

    def storage(self, k_dim: int) -> str:  # noqa: ARG002
        """A format of its own."""
        return "rows"
