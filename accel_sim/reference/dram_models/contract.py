"""Stepped: the path between DRAM and SMEM: one move, a load or a store, after another (rules 20 to 21)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from accel_sim.machine import Machine
from accel_sim.reference import dram_models as folder
from workloads.inputs.parts import find_part


@dataclass(eq=False)
class Move:
    """A load or a store: bursts that keep the path, and what is to happen on the way."""

    bursts: list[int]  # where they lie in DRAM
    is_write: bool
    ready: Callable[[], bool]  # whether it may begin
    begin: Callable[[], None]
    done: Callable[[int, int], None]  # with the cycles in which it began and at which its bytes are there


class SteppedTransfer(ABC):
    """The path of a machine; a model's file has one of this class, called ``Transfer``.

    Loads and stores go in the order in which they stand in ``queue``, and none overtakes another.
    """

    def __init__(self, machine: Machine, queue: list[Move]) -> None:
        self.machine, self.queue = machine, deque(queue)

    @property
    def activates(self) -> int:
        """Rows opened so far, of a model that has rows."""
        return 0

    @abstractmethod
    def tick(self, cycle: int) -> None:
        """Do what happens in one cycle."""


def make_transfer(machine: Machine, queue: list[Move]) -> SteppedTransfer:
    """The path of a machine, with all its loads and stores before it.

    Raises:
        InputError: its model of DRAM is not stepped.
    """
    part = find_part(folder, machine.dram.model, "dram.model")
    return cast(SteppedTransfer, part.Transfer(machine, queue))
