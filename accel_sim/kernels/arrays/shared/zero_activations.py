"""Compiled: the ifmap unfolded: input pixels under taps, non-zero activations as bits or counts (rule 8b).

Ifmaps are bool [pixels, in_channels], pixels ordered (image, y, x).
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel
from accel_sim.kernels.layer import Geometry, LayerShape
from workloads.kernels.bits import field
from workloads.kernels.types import Bools, Counts, Ints, Words


@kernel
def pixel_under(column: int, r: int, s: int, geometry: Geometry) -> int:
    """The input pixel under tap (r, s) of an output column, compiled; -1 in the padding."""
    of_image = geometry.out_h * geometry.out_w
    image, place = column // of_image, column % of_image
    y = place // geometry.out_w * geometry.stride_h - geometry.padding_h + r * geometry.dilation_h
    x = place % geometry.out_w * geometry.stride_w - geometry.padding_w + s * geometry.dilation_w
    if y < 0 or y >= geometry.in_h or x < 0 or x >= geometry.in_w:
        return -1
    return (image * geometry.in_h + y) * geometry.in_w + x


@kernel
def count_columns(ifmap: Bools, geometry: Geometry, shape: LayerShape, run_of: Ints, runs: int) -> Counts:
    """Non-zero activations of every k position in every run of output columns, compiled.

    Args:
        run_of: the run of each output column, int64 [n_dim].

    Returns:
        int32 [runs, convolution groups, k_dim].
    """
    group_channels, kernel_w = shape.group_channels, geometry.kernel_w
    groups, taps = shape.in_channels // group_channels, geometry.kernel_h * kernel_w
    counts = np.zeros((runs, groups, taps * group_channels), np.int32)
    for column in range(run_of.shape[0]):
        for tap in range(taps):
            pixel = pixel_under(column, tap // kernel_w, tap % kernel_w, geometry)
            if pixel < 0:
                continue
            for g in range(groups):
                into = counts[run_of[column], g, tap * group_channels : (tap + 1) * group_channels]
                seen = ifmap[pixel, g * group_channels : (g + 1) * group_channels]
                for i in range(group_channels):
                    into[i] += seen[i]
    return counts


@kernel
def _put(row: Words, start: int, value: np.uint64, width: int) -> None:
    """Set ``width`` bits of a row from bit ``start`` on, which were zero."""
    index, shift = start >> 6, start & 63
    row[index] |= value << np.uint64(shift)
    if shift + width > 64:
        row[index + 1] |= value >> np.uint64(64 - shift)


@kernel
def unfold_stretches(
    words: Words, geometry: Geometry, shape: LayerShape, place_of: Ints, places: int, depth: int
) -> Words:
    """The unfolded ifmap cut into stretches of ``depth`` k positions, each in words of its own.

    Args:
        words: uint64 [pixels, words of a pixel], bit c of a pixel is its channel c.
        place_of: where each output column goes, int64 [n_dim]; places without a column are zero.

    Returns:
        uint64 [stretches, convolution groups, places, words of a stretch].
    """
    group_channels, kernel_h, kernel_w = shape.group_channels, geometry.kernel_h, geometry.kernel_w
    groups = shape.in_channels // group_channels
    cut = np.zeros((-(-shape.k_dim // depth), groups, places, -(-depth // 64)), np.uint64)
    for column in range(place_of.shape[0]):
        for r in range(kernel_h):
            for s in range(kernel_w):
                pixel = pixel_under(column, r, s, geometry)
                if pixel < 0:
                    continue
                base = (r * kernel_w + s) * group_channels
                for g in range(groups):
                    done = 0
                    while done < group_channels:  # runs that lie in one stretch
                        k = base + done
                        width = min(64, group_channels - done, depth - k % depth)
                        bits = field(words[pixel], g * group_channels + done, width)
                        _put(cut[k // depth, g, place_of[column]], k % depth, bits, width)
                        done += width
    return cut
