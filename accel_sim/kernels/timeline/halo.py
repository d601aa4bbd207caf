"""What a run of output pixels needs of the ifmap: the tile with its halo (rule 12).

``values`` are what each input pixel holds, int64 [pixels], or empty: then each counts as one.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel


@kernel
def _columns(first, last, in_w, kernel_w, stride_w, padding_w, dilation_w, seen, stamp, values, base):
    """Mark the input columns under output columns first..last; return what the new ones hold.

    ``base`` is the first pixel of the input row.
    """
    new = np.int64(0)
    for x in range(first, last + 1):
        for s in range(kernel_w):
            column = x * stride_w + s * dilation_w - padding_w
            if 0 <= column < in_w and seen[column] != stamp:
                seen[column] = stamp
                new += values[base + column] if values.shape[0] else 1
    return new


@kernel
def _input_pixels(geometry, start, stop, full, seen, stamp, values):
    """What distinct input pixels (padding excluded) under output pixels start..stop - 1 hold, row by row.

    Args:
        geometry: as :func:`tile_pixels` takes it.
        full: what is under a whole output row, of each input row or (if there is one) of all of them.
        seen, stamp: int64 [in_w] and the last stamp in it.

    Returns:
        the sum, and the last stamp now.
    """
    out_h, out_w, in_h, in_w, kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w = geometry[:10]
    dilation_h, dilation_w = geometry[10], geometry[11]
    total = np.int64(0)
    image = out_h * out_w
    while start < stop:
        base = start // image * image
        end = min(stop, base + image)
        first_row, first_column = (start - base) // out_w, (start - base) % out_w
        last_row, last_column = (end - 1 - base) // out_w, (end - 1 - base) % out_w
        top = max(0, first_row * stride_h - padding_h)
        bottom = min(in_h - 1, last_row * stride_h + (kernel_h - 1) * dilation_h - padding_h)
        for row in range(top, bottom + 1):
            # Output rows y with row = y * stride_h + r * dilation_h - padding_h for some r.
            whole, head, tail = False, False, False
            for r in range(kernel_h):
                shifted = row + padding_h - r * dilation_h
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
            base_pixel = input_row * in_w
            if head:
                stop_column = last_column if first_row == last_row else out_w - 1
                total += _columns(
                    first_column,
                    stop_column,
                    in_w,
                    kernel_w,
                    stride_w,
                    padding_w,
                    dilation_w,
                    seen,
                    stamp,
                    values,
                    base_pixel,
                )
            if tail and first_row < last_row:
                total += _columns(
                    np.int64(0),
                    last_column,
                    in_w,
                    kernel_w,
                    stride_w,
                    padding_w,
                    dilation_w,
                    seen,
                    stamp,
                    values,
                    base_pixel,
                )
        start = end
    return total, stamp


@kernel
def tile_pixels(geometry, n_dim, tile_n, values):
    """What the input pixels of each tile of ``tile_n`` output pixels hold: int64 [ceil(n_dim / tile_n)].

    ``geometry`` is int64 [12]: out_h, out_w, in_h, in_w, kernel_h, kernel_w, stride_h, stride_w,
    padding_h, padding_w, dilation_h, dilation_w. Pixels of a batch follow one another.
    """
    tiles = -(-n_dim // tile_n)
    pixels = np.zeros(tiles, np.int64)
    out_w, in_w, kernel_w, stride_w, padding_w = geometry[1:10:2]
    seen = np.zeros(in_w, np.int64)
    rows = max(1, values.shape[0] // in_w)
    full = np.zeros(rows, np.int64)
    for row in range(rows):
        full[row] = _columns(
            np.int64(0),
            out_w - 1,
            in_w,
            kernel_w,
            stride_w,
            padding_w,
            geometry[11],
            seen,
            np.int64(row + 1),
            values,
            row * in_w,
        )
    stamp = np.int64(rows)
    for i in range(tiles):
        stop = min((i + 1) * tile_n, n_dim)
        pixels[i], stamp = _input_pixels(geometry, i * tile_n, stop, full, seen, stamp, values)
    return pixels
