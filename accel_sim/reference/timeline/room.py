"""Stepped: room in SMEM, taken and given back (rule 16)."""

from __future__ import annotations


class Smem:
    """Room in SMEM: what is held must fit."""

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity = capacity_bytes
        self._held: dict[object, int] = {}

    def hold(self, what: object, size: int) -> None:
        """Take room for something, once."""
        self._held.setdefault(what, size)
        assert sum(self._held.values()) <= self._capacity, "SMEM holds more than fits"

    def release(self, what: object) -> None:
        """Give its room back, if it has any."""
        self._held.pop(what, None)
