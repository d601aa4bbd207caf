"""``structured_tensor_core``, stepped: N:M groups of living blocks (rules 2 to 5, 7 and 8b)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import Program
from accel_sim.reference.architectures.shared.column_stream import column_program
from accel_sim.reference.architectures.shared.list_walk import Group, Lists
from accel_sim.reference.operands import Numbers
from workloads.workload import MaskedLayer

Bools = npt.NDArray[np.bool_]


def program(masked: MaskedLayer, machine: Machine, numbers: Numbers) -> Program:
    """The passes of a layer on ``structured_tensor_core``, stepped."""
    lists = row_lists(masked.mask.to_dense(), machine.array)
    activations = machine.array.get("activations", "dense")
    return column_program(
        masked.layer, machine, numbers, lists, activations in ("gate", "compress"), activations == "compress"
    )


def row_lists(keep: Bools, array: dict[str, Any]) -> Lists:
    """What each row of a mask, bool [m_dim, k_dim], walks on tensor cores: groups of living blocks."""
    m_dim, k_dim = keep.shape
    n_keep, m_group, offset_bits = _sparsity_mode(keep, array.get("weight_sparsity", []))
    side = _block_side(keep, array.get("skip_blocks", []))
    # Without blocks all rows are one block row, and all of k is one block that lives.
    block_m, block_k = (side, side) if side else (m_dim, k_dim)
    head_bits = _bits_for(-(-k_dim // side)) if side else 0
    lists = []
    for m in range(0, m_dim, block_m):
        groups = []
        for k in range(0, k_dim, block_k):
            end = min(k + block_k, k_dim)
            if side and not keep[m : m + block_m, k:end].any():
                continue
            for first in range(k, end, m_group):
                width = min(m_group, end - first)
                groups.append(Group(first, width, head_bits if first == k else 0))
        lists.append(tuple(groups))
    return Lists(
        groups=tuple(lists),
        list_of=tuple(row // block_m for row in range(m_dim)),
        n_keep=n_keep,
        offset_bits=offset_bits,
        groups_per_pass=array["lanes"] // n_keep,
        cores=array["cores"],
        rows=array["rows"],
        lanes=array["lanes"],
        activation_sets=array.get("activation_sets", 1),
    )


def _sparsity_mode(keep: Bools, choices: list[dict[str, Any]]) -> tuple[int, int, int]:
    """Rule 2: n_keep, m_group and the bits of an offset (rule 7); 1:1 is dense."""
    obeyed = [(1, 1, 0)]
    for choice in choices:
        n_keep, m_group, bits = choice["n_keep"], choice["m_group"], choice.get("offset_bits")
        if all(
            keep[:, k : k + m_group].sum(axis=1).max() <= n_keep for k in range(0, keep.shape[1], m_group)
        ):
            obeyed.append((n_keep, m_group, _bits_for(m_group) if bits is None else bits))
    return min(obeyed, key=lambda mode: (Fraction(*mode[:2]), mode[1]))


def _block_side(keep: Bools, sides: list[int]) -> int:
    """Rule 3; 0 where blocks are not used."""
    best, fewest = 0, keep.size
    for side in sorted(sides, reverse=True):
        living = 0
        for m in range(0, keep.shape[0], side):
            for k in range(0, keep.shape[1], side):
                block = keep[m : m + side, k : k + side]
                living += block.size if block.any() else 0
        if living < fewest:
            best, fewest = side, living
    return best


def _bits_for(values: int) -> int:
    """ceil(log2(values))."""
    return (values - 1).bit_length()
