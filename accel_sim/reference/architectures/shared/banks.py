"""Stepped: the distinct rows that a column asks of each bank of SMEM (rule 7a)."""

from __future__ import annotations

from collections import Counter

from accel_sim.machine import Banks, Machine
from accel_sim.reference.architectures.shared.list_walk import ListPass
from workloads.layer import Layer


def rows_asked(layer: Layer, held: ListPass, machine: Machine) -> dict[int, int]:
    """Bank -> distinct rows that a column of the pass asks of it; empty without banks."""
    banks, word = machine.smem.banks, machine.word_bytes
    if banks is None:
        return {}
    group_channels = layer.in_channels // layer.groups
    rows = set()
    for conv_group, first, width in held.stretches:
        for k in range(first, first + width):
            tap, channel = divmod(k, group_channels)  # tap = r x kernel_w + s
            start = (tap * layer.in_channels + conv_group * group_channels + channel) * word
            rows |= {byte // banks.row_bytes for byte in range(start, start + word)}
    return dict(Counter(_bank(row, banks) for row in rows))


def _bank(row: int, banks: Banks) -> int:
    """The bank of a row: hashed, the XOR of the digits of its number to the base of the banks."""
    bank = row % banks.count
    if banks.layout == "hashed" and banks.count > 1:
        while row := row // banks.count:
            bank ^= row % banks.count
    return bank


def most_rows(asked: dict[int, int]) -> int:
    """R of rule 7a: the most rows that a bank is asked for."""
    return max(asked.values(), default=1)
