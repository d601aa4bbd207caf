"""What a machine holds on chip: SMEM, and what waits beside its multipliers (rules 38 to 42)."""

from __future__ import annotations

from typing import NamedTuple

from accel_sim.architectures import find_architecture
from accel_sim.machine import Machine


class OnChip(NamedTuple):
    """Bytes of storage, all sets of buffers counted."""

    multipliers: int
    smem_bytes: int
    operand_bytes: int  # weights and activations beside the multipliers, with their metadata
    accumulator_bytes: int

    @property
    def local_bytes(self) -> int:
        """What is not in SMEM."""
        return self.operand_bytes + self.accumulator_bytes

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return self.smem_bytes + self.local_bytes

    def __str__(self) -> str:
        """The sum and its parts in KB, for people."""
        parts = self.total_bytes, self.smem_bytes, self.operand_bytes, self.accumulator_bytes
        total, smem, operands, sums = (f"{size / 1024:,.1f}" for size in parts)
        return f"{total} KB on chip: SMEM {smem}, operands beside the multipliers {operands}, sums {sums}"


def on_chip(machine: Machine) -> OnChip:
    """The storage of a machine (rule 38)."""
    array = find_architecture(machine.architecture).Array.model_validate(machine.array)
    sums = array.accumulators * machine.rf.accumulator_bytes * machine.rf.buffers
    operands = -(-array.operand_bits(8 * machine.word_bytes) // 8)
    return OnChip(array.multipliers, machine.smem.capacity_bytes, operands, sums)
