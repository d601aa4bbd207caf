"""``gather``, stepped: every row walks its own surviving weights, one by one (rules 10 and 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import Program
from accel_sim.reference.architectures.shared.column_stream import column_program
from accel_sim.reference.architectures.shared.distribution import order_of
from accel_sim.reference.architectures.shared.list_walk import Group, Lists
from accel_sim.reference.architectures.shared.pe_pairs import skip_program
from accel_sim.reference.operands import Numbers
from workloads.workload import MaskedLayer


def program(masked: MaskedLayer, machine: Machine, numbers: Numbers) -> Program:
    """The passes of a layer on ``gather``, stepped."""
    if machine.array.get("activations", "dense") == "skip":
        return skip_program(masked.layer, machine, numbers)
    lists = row_lists(masked.mask.to_dense(), machine.array)
    return column_program(masked.layer, machine, numbers, lists)


def row_lists(keep: npt.NDArray[np.bool_], array: dict[str, Any]) -> Lists:
    """What each row of a mask, bool [m_dim, k_dim], walks on ``gather``: its survivors."""
    assert array.get("pe_columns", 1) == 1, "PE columns are for arrays that skip zero activations"
    m_dim, k_dim = keep.shape
    pointer_bits = int(keep.sum()).bit_length()  # ceil(log2(survivors + 1))
    distribution = array.get("distribution", "row")
    lists = []
    for row in range(m_dim):
        survivors = [k for k in range(k_dim) if keep[row, k]]
        lists.append(tuple(Group(k, 1, 0 if i else pointer_bits) for i, k in enumerate(survivors)))
    return Lists(
        groups=tuple(lists),
        list_of=tuple(range(m_dim)),
        n_keep=1,
        offset_bits=(k_dim - 1).bit_length(),
        groups_per_pass=array["lanes"],
        cores=array["pe_rows"],
        rows=1,
        lanes=array["lanes"],
        out_channels_in_turn=array.get("rows_per_pe", 1),
        order=order_of([len(groups) for groups in lists], distribution),
        dynamic=distribution == "dynamic",
    )
