"""Stepped: the history of commands, and when one may follow another (docs/machine/dram.md, D18 to D27)."""

from __future__ import annotations

from typing import NamedTuple

from accel_sim.dram.device import Device

ACTIVATE, PRECHARGE, READ, WRITE, REFRESH = "activate", "precharge", "read", "write", "refresh"


class Place(NamedTuple):
    """A bank, by its rank and its bank group."""

    rank: int
    group: int
    bank: int


class Command(NamedTuple):
    """What a DRAM channel issued, and when."""

    clock: int
    kind: str
    place: Place  # of a refresh the first bank of its rank
    row: int = -1


class History:
    """Everything that was issued in a DRAM channel."""

    def __init__(self, device: Device) -> None:
        self._device, self._timing = device, device.timing
        self.commands: list[Command] = []
        self._last: dict[tuple[str, tuple[int, ...]], int] = {}
        self._activates: list[list[int]] = [[] for _ in range(device.ranks)]

    def note(self, command: Command) -> None:
        """Remember a command by its rank, its bank group and its bank."""
        self.commands.append(command)
        for depth in (1, 2, 3):
            self._last[command.kind, command.place[:depth]] = command.clock
        if command.kind == ACTIVATE:
            self._activates[command.place.rank].append(command.clock)

    def allows(self, kind: str, place: Place, clock: int) -> bool:
        """Whether every rule lets a command be issued in a clock."""
        return all(clock >= first for first in self._first_clocks(kind, place))

    def _first_clocks(self, kind: str, place: Place) -> list[int]:
        """The first clock that each rule allows."""
        rules = {
            ACTIVATE: self._activate,
            PRECHARGE: self._precharge,
            READ: self._read,
            WRITE: self._write,
            REFRESH: self._refresh,
        }
        return [first for first in rules[kind](place) if first is not None]

    def _after(self, kind: str, scope: tuple[int, ...], clocks: int) -> int | None:
        """The clock that lies ``clocks`` behind the last command of a kind in a rank, group or bank."""
        last = self._last.get((kind, scope))
        return None if last is None else last + clocks

    def _activate(self, place: Place) -> list[int | None]:
        t, fours = self._timing, self._activates[place.rank]
        return [
            self._after(PRECHARGE, place, t.trp),
            self._after(ACTIVATE, place[:2], t.trrd_l),
            self._after(ACTIVATE, place[:1], t.trrd_s),
            fours[-4] + t.tfaw if len(fours) >= 4 else None,
            self._after(REFRESH, place[:1], t.trfc),
        ]

    def _precharge(self, place: Place) -> list[int | None]:
        t = self._timing
        written = t.cwl + self._device.burst_clocks + t.twr
        return [
            self._after(ACTIVATE, place, t.tras),
            self._after(READ, place, t.trtp),
            self._after(WRITE, place, written),
            self._after(PRECHARGE, place[:1], t.tppd),
        ]

    def _read(self, place: Place) -> list[int | None]:
        t, burst = self._timing, self._device.burst_clocks
        others = self._other_ranks(place)
        return [
            self._after(ACTIVATE, place, t.trcd),
            self._after(READ, place[:2], max(burst, t.tccd_l)),
            self._after(READ, place[:1], max(burst, t.tccd_s)),
            self._after(WRITE, place[:2], t.cwl + burst + t.twtr_l),
            self._after(WRITE, place[:1], t.cwl + burst + t.twtr_s),
            *(self._after(READ, rank, burst + t.trtrs) for rank in others),
            *(self._after(WRITE, rank, t.cwl + burst + t.trtrs - t.cl) for rank in others),
        ]

    def _write(self, place: Place) -> list[int | None]:
        t, burst = self._timing, self._device.burst_clocks
        others = self._other_ranks(place)
        return [
            self._after(ACTIVATE, place, t.trcd),
            self._after(WRITE, place[:2], max(burst, t.tccd_l)),
            self._after(WRITE, place[:1], max(burst, t.tccd_s)),
            self._after(READ, place[:1], t.cl + burst + t.turnaround - t.cwl),
            *(self._after(WRITE, rank, burst) for rank in others),
            *(self._after(READ, rank, t.cl + burst + t.trtrs - t.cwl) for rank in others),
        ]

    def _refresh(self, place: Place) -> list[int | None]:
        """All banks of the rank could be activated by D18 and D27 (D31)."""
        t, device = self._timing, self._device
        banks = [
            Place(place.rank, group, bank)
            for group in range(device.bank_groups)
            for bank in range(device.banks_per_group)
        ]
        return [
            self._after(REFRESH, place[:1], t.trfc),
            *(self._after(PRECHARGE, bank, t.trp) for bank in banks),
        ]

    def _other_ranks(self, place: Place) -> list[tuple[int]]:
        return [(rank,) for rank in range(self._device.ranks) if rank != place.rank]
