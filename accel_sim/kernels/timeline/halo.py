"""Compiled: what the input pixels under a tile of output pixels hold, its halo included (rule 12).

``values`` are what each input pixel holds, int64 [pixels], or empty: then each counts as one.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel
from accel_sim.kernels.layer import Geometry
from workloads.kernels.types import Ints


@kernel
def _new_columns(
    first: int, last: int, geometry: Geometry, seen: Ints, stamp: int, values: Ints, base: int
) -> int:
    """Mark the input columns under output columns first..last; return what the new ones hold.

    Args:
        seen: int64 [in_w], the stamp with which each input column was marked last.
        base: the first pixel of the input row.
    """
    new = 0
    for x in range(first, last + 1):
        for s in range(geometry.kernel_w):
            column = x * geometry.stride_w + s * geometry.dilation_w - geometry.padding_w
            if 0 <= column < geometry.in_w and seen[column] != stamp:
                seen[column] = stamp
                new += values[base + column] if values.shape[0] else 1
    return new


@kernel
def _input_pixels(
    geometry: Geometry, start: int, stop: int, full: Ints, seen: Ints, stamp: int, values: Ints
) -> tuple[int, int]:
    """What distinct input pixels (padding excluded) under output pixels start..stop - 1 hold, row by row.

    Args:
        full: what is under a whole output row, of each input row or (if there is one) of all of them.
        seen, stamp: as :func:`_new_columns` takes them, and the last stamp.

    Returns:
        the sum, and the last stamp now.
    """
    out_w, in_h, stride_h, padding_h = geometry.out_w, geometry.in_h, geometry.stride_h, geometry.padding_h
    total = 0
    image = geometry.out_h * out_w
    while start < stop:
        base = start // image * image
        end = min(stop, base + image)
        first_row, first_column = (start - base) // out_w, (start - base) % out_w
        last_row, last_column = (end - 1 - base) // out_w, (end - 1 - base) % out_w
        top = max(0, first_row * stride_h - padding_h)
        reach = (geometry.kernel_h - 1) * geometry.dilation_h
        bottom = min(in_h - 1, last_row * stride_h + reach - padding_h)
        for row in range(top, bottom + 1):
            # Output rows y with row = y * stride_h + r * dilation_h - padding_h for some r.
            whole, head, tail = False, False, False
            for r in range(geometry.kernel_h):
                shifted = row + padding_h - r * geometry.dilation_h
                if shifted < 0 or shifted % stride_h:
                    continue
                y = shifted // stride_h
                if first_row < y < last_row:
                    whole = True
                if y == first_row:
                    head = True
                if y == last_row:
                    tail = True
            if head and first_column == 0 and (first_row < last_row or last_column == out_w - 1):
                whole = True
            if tail and last_column == out_w - 1 and first_row < last_row:
                whole = True
            input_row = start // image * in_h + row
            if whole:
                total += full[input_row if full.shape[0] > 1 else 0]
                continue
            stamp += 1
            pixel = input_row * geometry.in_w
            if head:
                to = last_column if first_row == last_row else out_w - 1
                total += _new_columns(first_column, to, geometry, seen, stamp, values, pixel)
            if tail and first_row < last_row:
                total += _new_columns(0, last_column, geometry, seen, stamp, values, pixel)
        start = end
    return total, stamp


@kernel
def tile_pixels(geometry: Geometry, n_dim: int, tile_n: int, values: Ints) -> Ints:
    """What the input pixels of each tile of ``tile_n`` output pixels hold: int64 [ceil(n_dim / tile_n)].

    Pixels of a batch follow one another.
    """
    tiles = -(-n_dim // tile_n)
    pixels = np.zeros(tiles, np.int64)
    seen = np.zeros(geometry.in_w, np.int64)
    rows = max(1, values.shape[0] // geometry.in_w)
    full = np.zeros(rows, np.int64)
    for row in range(rows):
        pixel = row * geometry.in_w
        full[row] = _new_columns(0, geometry.out_w - 1, geometry, seen, row + 1, values, pixel)
    stamp = rows
    for i in range(tiles):
        stop = min((i + 1) * tile_n, n_dim)
        pixels[i], stamp = _input_pixels(geometry, i * tile_n, stop, full, seen, stamp, values)
    return pixels
