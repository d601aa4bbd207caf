"""Units of channels that only vanish together, as a union-find; tensors, constants, shapes, widths in units.

Every output channel of every layer begins as a unit of its own. Operations pass units on, and tie those
that have to go together: an addition ties the channels that it adds. Unit 0 is fixed: what is tied to it
stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FIXED = 0


class Units:
    """A union-find of units, of which the lowest of those tied together stands for all of them."""

    def __init__(self) -> None:
        self._parent = [FIXED]

    def fresh(self, count: int) -> tuple[int, ...]:
        """``count`` new units."""
        first = len(self._parent)
        self._parent.extend(range(first, first + count))
        return tuple(range(first, first + count))

    def find(self, unit: int) -> int:
        """The unit that stands for ``unit``."""
        parent = self._parent
        while parent[unit] != unit:
            parent[unit] = parent[parent[unit]]
            unit = parent[unit]
        return unit

    def tie(self, one: int, other: int) -> None:
        """From now on the two go together."""
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low

    def tie_each(self, ones: Sequence[int], others: Sequence[int]) -> None:
        """Tie the units of two lists of the same length, one by one."""
        if ones is not others:
            for one, other in zip(ones, others, strict=True):
                self.tie(one, other)

    def same(self, ones: Sequence[int], others: Sequence[int]) -> bool:
        """Whether two lists are tied already, one by one."""
        return len(ones) == len(others) and all(
            self.find(one) == self.find(other) for one, other in zip(ones, others, strict=True)
        )


@dataclass(frozen=True)
class Channels:
    """A tensor with the unit of each of its channels, which lie along ``axis``."""

    units: tuple[int, ...]
    axis: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Constant:
    """A tensor whose sizes stay: a parameter or buffer that the network uses by itself."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class Shape:
    """The sizes of a traced tensor."""

    of: Channels


@dataclass(frozen=True)
class Width:
    """How many channels a tensor has: a number that changes with pruning."""

    units: tuple[int, ...]


Value = Channels | Constant | Shape | Width | None  # None: a number or something else that stays
