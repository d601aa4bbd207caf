"""From a machine's file to the layout of activations in SMEM that kernels take (rule 7a)."""

from __future__ import annotations

from accel_sim.architectures.contract import SmemLayout
from accel_sim.machine import Machine


def smem_layout(machine: Machine) -> SmemLayout:
    """How activations lie in the SMEM of a machine, from its file (rule 7a)."""
    banks = machine.smem.banks
    if banks is None:
        return SmemLayout(machine.word_bytes)
    hashed = banks.layout == "hashed" and banks.count > 1  # one bank: there is nothing to choose
    return SmemLayout(machine.word_bytes, banks.count, banks.row_bytes, hashed)
