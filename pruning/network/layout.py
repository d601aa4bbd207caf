"""A torch module's weight as the GEMM matrix [m_dim, k_dim], k ordered (r, s, c), c fastest, and back."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


def to_gemm(weight: Tensor) -> Tensor:
    """Weights of a convolution [m, c, r, s] or a linear layer [m, k] as a matrix [m_dim, k_dim].

    For a grouped convolution c counts the channels of one group. The result may share memory.
    """
    if weight.ndim == 4:
        weight = weight.permute(0, 2, 3, 1)
    return weight.reshape(weight.shape[0], -1)


def from_gemm(matrix: Tensor, weight_shape: Sequence[int]) -> Tensor:
    """The inverse of :func:`to_gemm`: ``matrix`` in the shape of the module's weight."""
    if len(weight_shape) != 4:
        return matrix.reshape(tuple(weight_shape))
    m, c, r, s = weight_shape
    return matrix.reshape(m, r, s, c).permute(0, 3, 1, 2)
