"""Sets of units in the same places of the same modules; what a network costs that keeps fewer of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, lcm

import numpy as np
import numpy.typing as npt
from torch import nn

from pruning.channel.graph.members import Graph, Member
from pruning.channel.graph.units import FIXED

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """The unit of each input and output channel of a module once all ties are known."""

    member: Member
    inputs: Counts
    outputs: Counts


@dataclass(frozen=True)
class Sets:
    """Units that may go, in sets; of each set one unit at least has to stay.

    ``unit_ids`` are the units, ``set_of`` the set of each, ``sizes`` the units of each set and ``channels``
    for each set of how many channels each unit consists in each layer that puts it out.
    """

    places: tuple[Places, ...]
    unit_ids: Counts
    set_of: Counts
    sizes: Counts
    channels: tuple[tuple[int, ...], ...]

    def steps(self, multiple: int) -> Counts:
        """Of what the units of a set are kept in multiples, so that widths are multiples."""
        found = [lcm(*(multiple // gcd(multiple, count) for count in each)) for each in self.channels]
        return np.array(found, np.int64)


def find_sets(graph: Graph) -> Sets:
    """The sets of a network's units: those with as many channels in the same places form a set.

    So every width is a sum over whole sets, and stays above zero while each keeps a unit.
    """
    find = graph.units.find
    places: list[Places] = []
    signature: dict[int, list[tuple[int, int]]] = {}
    widths: dict[int, list[int]] = {}
    for member in graph.members:
        inputs, outputs = (
            np.array([find(u) for u in us], np.int64) for us in (member.inputs, member.outputs)
        )
        for number, units in ((2 * len(places), inputs), (2 * len(places) + 1, outputs)):
            for unit, count in zip(
                *(each.tolist() for each in np.unique(units, return_counts=True)), strict=True
            ):
                signature.setdefault(unit, []).append((number, count))
                if units is outputs and not member.is_norm:
                    widths.setdefault(unit, []).append(count)
        places.append(Places(member, inputs, outputs))
    signature.pop(FIXED, None)
    numbers: dict[tuple[tuple[int, int], ...], int] = {}
    channels: list[tuple[int, ...]] = []
    set_of = []
    for unit, where in signature.items():
        number = numbers.setdefault(tuple(where), len(numbers))
        if number == len(channels):
            channels.append(tuple(sorted(set(widths[unit]))))
        set_of.append(number)
    sets = np.array(set_of, np.int64)
    sizes = np.bincount(sets, minlength=len(numbers)).astype(np.int64)
    return Sets(tuple(places), np.array(list(signature), np.int64), sets, sizes, tuple(channels))


class Cost:
    """Parameters or multiply-accumulates of a network by how many units of each set it keeps."""

    def __init__(self, model: nn.Module, sets: Sets, batch: int) -> None:
        self._places = sets.places
        self._batch = batch
        # One number more than there are sets: of FIXED, to which all channels are tied that stay.
        number = np.full(int(sets.unit_ids.max()) + 1, len(sets.sizes), np.int64)
        number[sets.unit_ids] = sets.set_of
        self._widths = [
            tuple(
                np.bincount(number[units], minlength=len(sets.sizes) + 1) for units in (p.inputs, p.outputs)
            )
            for p in sets.places
        ]
        self._sizes = np.append(sets.sizes, 1)
        own = {id(q) for p in sets.places for q in p.member.module.parameters(recurse=False)}
        self._others = sum(p.numel() for p in model.parameters() if id(p) not in own)

    def _sized(self, kept: Counts) -> list[tuple[Member, int, int]]:
        """Every module with its inputs and outputs; each unit of a set has as many channels in a place."""
        counts = np.append(kept, 1)
        return [
            (place.member, *(int((width // self._sizes * counts).sum()) for width in widths))  # type: ignore[misc]
            for place, widths in zip(self._places, self._widths, strict=True)
        ]

    def parameters(self, kept: Counts) -> int:
        """All parameters of the network, those of other modules too."""
        total = self._others
        for member, inputs, outputs in self._sized(kept):
            if member.is_norm:
                total += outputs * sum(1 for _ in member.module.parameters(recurse=False))
            else:
                total += _weights(member, inputs, outputs) + outputs * (member.module.bias is not None)
        return total

    def macs(self, kept: Counts) -> int:
        """Multiply-accumulates of convolutions and linear layers for one input, every call counted."""
        return sum(
            _weights(member, inputs, outputs) * member.positions // self._batch
            for member, inputs, outputs in self._sized(kept)
            if not member.is_norm
        )


def _weights(member: Member, inputs: int, outputs: int) -> int:
    module = member.module
    if not isinstance(module, nn.Conv2d):
        return inputs * outputs
    taps = module.kernel_size[0] * module.kernel_size[1]
    if member.loses_groups:
        return outputs * (len(member.inputs) // member.groups) * taps
    return outputs * inputs // member.groups * taps
