"""Stepped: a DRAM channel, its banks and their queues (docs/machine/dram.md, D9 to D17 and D28 to D31)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from accel_sim.dram.device import Device
from accel_sim.reference.dram.commands import (
    ACTIVATE,
    PRECHARGE,
    READ,
    REFRESH,
    WRITE,
    Command,
    History,
    Place,
)

ROW_KINDS = (ACTIVATE, PRECHARGE, REFRESH)
COLUMN_KINDS = (READ, WRITE)


@dataclass(eq=False)
class Request:
    """A burst on its way through a stepped DRAM channel."""

    index: int  # in its batch
    place: Place
    row: int
    is_write: bool


@dataclass(eq=False)
class Bank:
    """A stepped bank with its queue."""

    place: Place
    open_row: int | None = None
    columns: int = 0  # column commands since its activate
    queue: list[Request] = field(default_factory=list)

    def wants(self, row_limit: int) -> list[tuple[str, Request]]:
        """Commands that its queue asks for, with the request behind each (D14 to D16)."""
        if not self.queue:
            return []
        oldest = self.queue[0]
        if self.open_row is None:
            return [(ACTIVATE, oldest)]
        hits = [request for request in self.queue if request.row == self.open_row]
        asked: list[tuple[str, Request]] = []
        if oldest.row != self.open_row and (not hits or self.columns >= row_limit):
            asked.append((PRECHARGE, oldest))
        first: dict[bool, Request] = {}
        for request in hits:
            first.setdefault(request.is_write, request)
        return asked + [(WRITE if r.is_write else READ, r) for r in first.values()]


class DramChannel:
    """A stepped DRAM channel: windows, banks, and the commands that they share."""

    def __init__(self, device: Device) -> None:
        self._device = device
        places = [
            Place(rank, group, bank)
            for rank in range(device.ranks)
            for group in range(device.bank_groups)
            for bank in range(device.banks_per_group)
        ]
        self._banks = {place: Bank(place) for place in places}
        self._in_order = list(self._banks.values())  # by their numbers (D3)
        self._windows: dict[bool, deque[Request]] = {False: deque(), True: deque()}
        self._to_drain = 0
        self._last_bank = len(places) - 1  # to which D30 last issued a command
        self._refreshes = 0  # issued
        self.history = History(device)
        self.issued: dict[int, int] = {}  # request -> clock of its column command
        self.row_hits = 0

    @property
    def activates(self) -> int:
        """Rows opened."""
        return sum(command.kind == ACTIVATE for command in self.history.commands)

    @property
    def refreshes(self) -> int:
        """Refreshes issued."""
        return self._refreshes

    def accepts(self, is_write: bool) -> bool:
        """Whether the window of that kind has room (D9)."""
        return len(self._windows[is_write]) < self._device.window

    def enter(self, request: Request) -> None:
        """Take a request into its window."""
        self._windows[request.is_write].append(request)

    def tick(self, clock: int) -> None:
        """Commands, then one move (D8)."""
        self._issue_commands(clock)
        if not self._to_drain and (not self.accepts(is_write=True) or not self._windows[False]):  # D11
            self._to_drain = len(self._windows[True])
        self._move()

    def _move(self) -> None:
        """D12."""
        window = self._windows[self._to_drain > 0]
        for request in window:
            queue = self._banks[request.place].queue
            if len(queue) < self._device.bank_queue:
                window.remove(request)
                queue.append(request)
                self._to_drain -= request.is_write
                return

    def _issue_commands(self, clock: int) -> None:
        """D29."""
        kind = self._issue(clock, (*ROW_KINDS, *COLUMN_KINDS), with_refresh=True)
        if kind is not None and self._device.command_buses == 2:
            other = COLUMN_KINDS if kind in ROW_KINDS else ROW_KINDS
            self._issue(clock, other, with_refresh=False)

    def _issue(self, clock: int, kinds: tuple[str, ...], with_refresh: bool) -> str | None:
        """Issue what the refresh at work needs, else the first that the search finds."""
        rank = self._rank_at_work(clock)
        if with_refresh and rank is not None:
            kind = self._refresh(clock, rank)
            if kind is not None:
                return kind
        count = len(self._in_order)
        for i in range(1, count + 1):  # D30
            number = (self._last_bank + i) % count
            bank = self._in_order[number]
            if bank.place.rank == rank:
                continue
            wanted = [
                (kind, request)
                for kind, request in bank.wants(self._device.row_limit)
                if kind in kinds and self.history.allows(kind, bank.place, clock)
            ]
            if wanted:
                # A row command before a column command; of two column commands the older request's.
                kind, request = min(
                    wanted, key=lambda one: (one[0] in COLUMN_KINDS, bank.queue.index(one[1]))
                )
                self._last_bank = number
                self._apply(clock, kind, bank, request)
                return kind
        return None

    def _apply(self, clock: int, kind: str, bank: Bank, request: Request | None) -> None:
        row = -1
        if kind == ACTIVATE:
            assert request is not None
            row = bank.open_row = request.row
            bank.columns = 0
        elif kind == PRECHARGE:
            bank.open_row = None
        else:
            assert request is not None
            row = request.row
            self.row_hits += bank.columns > 0  # D17
            bank.columns += 1
            bank.queue.remove(request)
            self.issued[request.index] = clock
        self.history.note(Command(clock, kind, bank.place, row))

    def _rank_at_work(self, clock: int) -> int | None:
        """The rank whose refresh is at work (D28)."""
        interval = self._device.timing.trefi // self._device.ranks
        due = (self._refreshes + 1) * interval
        return self._refreshes % self._device.ranks if clock >= due else None

    def _refresh(self, clock: int, rank: int) -> str | None:
        """D31."""
        opened = [b for b in self._in_order if b.place.rank == rank and b.open_row is not None]
        for bank in opened:
            if self.history.allows(PRECHARGE, bank.place, clock):
                self._apply(clock, PRECHARGE, bank, None)
                return PRECHARGE
        first = Place(rank, 0, 0)
        if opened or not self.history.allows(REFRESH, first, clock):
            return None
        self._refreshes += 1
        self.history.note(Command(clock, REFRESH, first))
        return REFRESH
