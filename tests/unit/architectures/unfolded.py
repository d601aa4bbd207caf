"""Layers whose zero activations are known, and what their columns see, with numpy alone."""

import numpy as np
import numpy.typing as npt

from workloads import KeepMask, Layer, MaskedLayer
from workloads.activations import Given

Bools = npt.NDArray[np.bool_]


def product(weights: npt.ArrayLike, activations: npt.ArrayLike) -> MaskedLayer:
    """A GEMM of survivors [m_dim, k_dim] and non-zero activations [k_dim, n_dim]."""
    keep, seen = np.array(weights, np.bool_), np.array(activations, np.bool_)
    layer = Layer.gemm("g", *keep.shape, seen.shape[1])
    return MaskedLayer(layer, KeepMask.from_dense(keep), Given(KeepMask.from_dense(seen.T)))


def unfolded(masked: MaskedLayer) -> Bools:
    """Non-zero activations by output column, convolution group and k position; padding is zero."""
    layer = masked.layer
    seen = masked.activation_keep.to_dense().reshape(layer.batch, layer.in_h, layer.in_w, layer.in_channels)
    rim = ((0, 0), (layer.padding_h,) * 2, (layer.padding_w,) * 2, (0, 0))
    image = np.pad(seen, rim)
    taps = []
    for r in range(layer.kernel_h):
        for s in range(layer.kernel_w):
            y, x = r * layer.dilation_h, s * layer.dilation_w
            rows = image[:, y : y + layer.stride_h * (layer.out_h - 1) + 1 : layer.stride_h]
            tap = rows[:, :, x : x + layer.stride_w * (layer.out_w - 1) + 1 : layer.stride_w]
            taps.append(tap.reshape(layer.n_dim, layer.groups, layer.group_channels))
    return np.concatenate(taps, axis=2)


def cuts(whole: int, size: int) -> list[range]:
    """0 to ``whole`` - 1 in runs of ``size``, the last of what is left."""
    return [range(start, min(start + size, whole)) for start in range(0, whole, size)]
