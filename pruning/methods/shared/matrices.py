"""Saliency as matrices, masks as tensors, and a sparsity: checked, how many weights survive, out of reach.

Saliency is a float matrix [m_dim, k_dim] for each layer, k ordered (r, s, c) as
:func:`pruning.network.layout.to_gemm` gives it; higher survives. The order of the mapping is the layer order.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pruning.fields.types import mapping_of, number_of
from workloads.inputs import InputError
from workloads.masks import KeepMask
from workloads.patterns import check_scores

Saliency = Mapping[str, Tensor]
Matrix = npt.NDArray[np.float32] | npt.NDArray[np.float64]
_FLOAT_SLACK = 1 + 1e-12  # (1 - 0.9) * 1000 is a hair less than 100: 100 survivors are allowed all the same


def as_matrices(saliency: Saliency) -> dict[str, Matrix]:
    """Saliency as contiguous matrices of float32 or float64; integers beyond 2^53 are rounded.

    Raises:
        InputError: no layer, or one that is no dense matrix of finite numbers.
    """
    if not mapping_of("saliency", saliency, "a tensor for each layer"):
        raise InputError("saliency: expected at least one layer, got none")
    matrices: dict[str, Matrix] = {}
    for name, tensor in saliency.items():
        if not isinstance(tensor, Tensor) or tensor.is_complex():
            raise InputError(f"{name}: score: expected a float tensor, got {_kind(tensor)}")
        if tensor.layout is not torch.strided or tensor.is_meta:
            got = "one without numbers, on meta" if tensor.is_meta else str(tensor.layout)
            raise InputError(f"{name}: score: expected a dense tensor, got {got}")
        if tensor.dtype not in (torch.float32, torch.float64):  # half floats fit into float, integers do not
            tensor = tensor.float() if tensor.is_floating_point() else tensor.double()
        try:
            matrices[name] = check_scores(tensor.detach().cpu().contiguous().numpy())
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
        # A sum is several times as fast as a look at each number, which only a sum that overflows needs.
        if not np.isfinite(_sum(matrices[name])) and not np.isfinite(matrices[name]).all():
            raise InputError(f"{name}: score: expected finite numbers, got infinity")
    return matrices


def require_sums(matrices: Mapping[str, Matrix]) -> None:
    """Raise :class:`InputError` where sums of a layer's saliency overflow, which float32 never makes them."""
    for name, matrix in matrices.items():
        if matrix.dtype == np.float64 and not np.isfinite(_sum(np.abs(matrix))):
            raise InputError(f"{name}: score: expected numbers that can be summed, got sums that overflow")


def weight_budget(total: int, sparsity: float) -> int:
    """How many of ``total`` weights may survive at a sparsity.

    Raises:
        InputError: as :func:`require_sparsity`.
    """
    require_sparsity(sparsity)
    return int((1 - sparsity) * total * _FLOAT_SLACK)


def require_sparsity(sparsity: float) -> None:
    """Raise :class:`InputError` unless 0 <= sparsity < 1."""
    if not 0 <= number_of("sparsity", sparsity) < 1:
        raise InputError(f"sparsity: expected at least 0 and less than 1, got {sparsity:g}")


def unreachable(sparsity: float, least_kept: int, total: int) -> InputError:
    """The error for a sparsity that the weights which must stay do not allow."""
    highest = np.floor(1e4 * (1 - least_kept / total)) / 1e4
    return InputError(
        f"sparsity: expected at most {highest:.4f}, the highest that this pattern reaches on these layers,"
        f" got {sparsity:g}"
    )


def as_bool(masks: Mapping[str, KeepMask], like: Saliency | None = None) -> dict[str, Tensor]:
    """Packed masks as bool tensors [m_dim, k_dim], each on the device of its tensor in ``like``."""
    dense = {name: torch.from_numpy(mask.to_dense()) for name, mask in masks.items()}
    return dense if like is None else {name: mask.to(like[name].device) for name, mask in dense.items()}


def _sum(matrix: Matrix) -> np.float64:
    with np.errstate(over="ignore", invalid="ignore"):  # the callers look for both
        return matrix.sum(dtype=np.float64)


def _kind(value: object) -> str:
    return str(value.dtype) if isinstance(value, Tensor) else type(value).__name__
