"""Which activations are not zero, unfolded: by output column and k position (rule 8b).

Ifmaps are bool [pixels, in_channels], pixels ordered (image, y, x). ``geometry`` is int64 [12], as
:func:`accel_sim.architectures.shared.geometry.geometry` says; ``channels`` are in_channels and those of a
convolution group.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel
from workloads.kernels.bits import field


@kernel
def pixel_under(column, r, s, geometry):
    """The input pixel under tap (r, s) of an output column; -1 in the padding."""
    out_h, out_w, in_h, in_w = geometry[0], geometry[1], geometry[2], geometry[3]
    image, place = column // (out_h * out_w), column % (out_h * out_w)
    y = place // out_w * geometry[6] - geometry[8] + r * geometry[10]
    x = place % out_w * geometry[7] - geometry[9] + s * geometry[11]
    if y < 0 or y >= in_h or x < 0 or x >= in_w:
        return np.int64(-1)
    return (image * in_h + y) * in_w + x


@kernel
def count_columns(ifmap, geometry, channels, run_of, runs):
    """Non-zero activations of every k position in every run of output columns.

    Args:
        run_of: the run of each output column, int64 [n_dim].

    Returns:
        int32 [runs, convolution groups, k_dim].
    """
    in_channels, group_channels = channels
    kernel_h, kernel_w = geometry[4], geometry[5]
    groups, taps = in_channels // group_channels, kernel_h * kernel_w
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
def _put(row, start, value, width):
    """Set ``width`` bits of a row from bit ``start`` on, which were zero."""
    index, shift = start >> 6, start & 63
    row[index] |= value << np.uint64(shift)
    if shift + width > 64:
        row[index + 1] |= value >> np.uint64(64 - shift)


@kernel
def cut_stretches(words, k_dim, depth):
    """The rows of a mask cut into stretches of ``depth`` bits, each in words of its own.

    Args:
        words: uint64 [rows, words of a row].

    Returns:
        uint64 [stretches, rows, words of a stretch].
    """
    rows = words.shape[0]
    cut = np.zeros((-(-k_dim // depth), rows, -(-depth // 64)), np.uint64)
    for p in range(cut.shape[0]):
        stop = min((p + 1) * depth, k_dim)
        for row in range(rows):
            for w in range(cut.shape[2]):
                start = p * depth + 64 * w
                if start < stop:
                    cut[p, row, w] = field(words[row], start, min(64, stop - start))
    return cut


@kernel
def unfold_stretches(words, geometry, channels, place_of, places, depth):
    """The unfolded ifmap cut into stretches of ``depth`` k positions, each in words of its own.

    Args:
        words: uint64 [pixels, words of a pixel], bit c of a pixel is its channel c.
        place_of: where each output column goes, int64 [n_dim]; places without a column are zero.

    Returns:
        uint64 [stretches, convolution groups, places, words of a stretch].
    """
    in_channels, group_channels = channels
    kernel_h, kernel_w = geometry[4], geometry[5]
    groups = in_channels // group_channels
    k_dim = kernel_h * kernel_w * group_channels
    cut = np.zeros((-(-k_dim // depth), groups, places, -(-depth // 64)), np.uint64)
    for column in range(place_of.shape[0]):
        for r in range(kernel_h):
            for s in range(kernel_w):
                pixel = pixel_under(column, r, s, geometry)
                if pixel < 0:
                    continue
                base = (r * kernel_w + s) * group_channels
                for g in range(groups):
                    done = np.int64(0)
                    while done < group_channels:  # runs that lie in one stretch
                        k = base + done
                        width = min(64, group_channels - done, depth - k % depth)
                        bits = field(words[pixel], g * group_channels + done, width)
                        _put(cut[k // depth, g, place_of[column]], k % depth, bits, width)
                        done += width
    return cut
