"""Topology files of SCALE-Sim, known by their header and read as layers: convolutions, or GEMMs.

A header, then a row a layer; cells beyond those that are read (a trailing comma, sparsity) and rows without a
name are left out. SCALE-Sim knows no padding, and counts a last output row or column that hangs over the
edge of the input (its topology_utils.py rounds up): here the input grows by what is missing.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from workloads.inputs import InputError
from workloads.layer import Layer

CONVOLUTION = (
    "ifmap height",
    "ifmap width",
    "filter height",
    "filter width",
    "channels",
    "num filter",
    "strides",
)
GEMM = ("m", "n", "k")
MOST_DIGITS = 40  # of a number; what a layer may have is its own to say


def topology_columns(header: str) -> tuple[str, ...] | None:
    """The columns behind the layer's name, if the header is one of SCALE-Sim's."""
    cells = [" ".join(cell.split()).lower() for cell in header.split(",")]
    if not cells[0].startswith("layer"):
        return None
    return next((known for known in (CONVOLUTION, GEMM) if tuple(cells[1 : 1 + len(known)]) == known), None)


def read_topology(path: Path, lines: list[str], columns: tuple[str, ...]) -> tuple[Layer, ...]:
    """The layers of a topology; a name that comes again gets a number.

    Args:
        lines: of the whole file, the header first.

    Raises:
        InputError: a row with too few cells, or with a cell that is no whole number (with its line).
    """
    layers: list[Layer] = []
    seen: Counter[str] = Counter()
    for line, text in enumerate(lines[1:], 2):
        try:
            cells = [cell.strip() for cell in next(csv.reader([text]), [])]
        except csv.Error as error:
            raise InputError(f"{path}:{line}: expected cells between commas, got: {error}") from None
        if not cells or not cells[0]:
            continue
        name, sizes = cells[0], cells[1 : 1 + len(columns)]
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name} #{seen[name]}"
        try:
            layers.append(_layer(name, _whole(sizes, columns), columns))
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from None
    if not layers:
        raise InputError(f"{path}: expected at least one layer, got a header alone")
    return tuple(layers)


def _whole(cells: list[str], columns: tuple[str, ...]) -> dict[str, int]:
    values = {}
    for column, cell in zip(columns, [*cells, *[""] * len(columns)], strict=False):
        whole = cell.isdecimal() and len(cell) <= MOST_DIGITS
        if not whole or int(cell) < 1:
            got = repr(cell) if len(cell) <= MOST_DIGITS else f"{len(cell)} characters"
            raise InputError(f"{column}: expected a whole number of at least 1, got {got}")
        values[column] = int(cell)
    return values


def _layer(name: str, sizes: dict[str, int], columns: tuple[str, ...]) -> Layer:
    if columns == GEMM:  # its M are output pixels, its N filters
        return Layer.gemm(name, m_dim=sizes["n"], k_dim=sizes["k"], n_dim=sizes["m"])
    stride = sizes["strides"]
    image = [sizes["ifmap height"], sizes["ifmap width"]]
    kernel = [sizes["filter height"], sizes["filter width"]]
    for side, (size, taps) in zip(("height", "width"), zip(image, kernel, strict=True), strict=True):
        if taps > size:
            raise InputError(
                f"{name}: expected a filter no larger than the ifmap, got {side} {taps} over {size}"
            )
    in_h, in_w = (
        -(-(size - taps) // stride) * stride + taps for size, taps in zip(image, kernel, strict=True)
    )
    return Layer(
        name,
        "conv",
        in_channels=sizes["channels"],
        out_channels=sizes["num filter"],
        in_h=in_h,
        in_w=in_w,
        kernel_h=kernel[0],
        kernel_w=kernel[1],
        stride_h=stride,
        stride_w=stride,
    )
