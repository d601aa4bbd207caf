"""Stepped: the queue between DRAM and SMEM: loads of steps, stores of output tiles, in their order.

Rules 17, 20, 21, 34 and 35.
"""

from __future__ import annotations

from accel_sim.machine import Machine
from accel_sim.reference.dram_models.contract import Move, make_transfer
from accel_sim.reference.timeline.plan import Step
from accel_sim.reference.timeline.room import Smem
from accel_sim.reference.timeline.spans import Spans
from accel_sim.reference.timeline.tiles import in_bursts
from accel_sim.reference.timeline.write_back import WriteBack


class Traffic:
    """The queue of the path between DRAM and SMEM."""

    def __init__(
        self,
        machine: Machine,
        steps: list[Step],
        ends: list[int],
        smem: Smem,
        write_back: WriteBack,
        spans: Spans,
    ) -> None:
        """Queue all loads and stores; ``ends`` grows by a cycle whenever a step ends."""
        self._spans = spans
        self._machine, self._steps, self._ends = machine, steps, ends
        self._smem, self._write_back = smem, write_back
        self._arrivals: dict[int, int] = {}  # step -> the cycle at whose start its load is there
        self.read_bytes = self.metadata_bytes = self.write_bytes = self.output_bytes = 0
        self.transfer = make_transfer(machine, self._in_order())

    def _in_order(self) -> list[Move]:
        """Load 0, load 1, load 2, store 0, load 3, store 1, ... (rule 20)."""
        queue, tile, address = [], 0, self._machine.transfer.bursts // 2
        for s in range(len(self._steps) + 2):
            if s < len(self._steps) and self._steps[s].load_bytes:
                if s == 0 and self._machine.fill_drain == "hidden":  # it has come before time zero (29a)
                    self._hold(self._steps[0])
                    self._take(self._steps[0])
                    self._arrivals[0] = 0
                else:
                    queue.append(self._load(s))
            if s >= 2 and self._steps[s - 2].closes:
                store = self._store(tile, self._steps[s - 2], address)
                queue.append(store)
                tile += 1
                address += len(store.bursts)
        return queue

    def _load(self, s: int) -> Move:
        step = self._steps[s]

        def done(began: int, arrived: int) -> None:
            self._arrivals[s] = arrived
            self._spans["load", s] = began, arrived
            self._take(step)

        bursts = [burst for piece in step.load for burst in piece.bursts]
        return Move(bursts, False, lambda: len(self._ends) >= s - 1, lambda: self._hold(step), done)

    def _hold(self, step: Step) -> None:
        """Make room in SMEM for what comes with a step."""
        for piece in step.load:
            self._smem.hold(piece.tile, piece.tile.stored_bytes)

    def _take(self, step: Step) -> None:
        """Count what came with a step."""
        for piece in step.load:
            piece.tile.loaded_bytes += piece.size
            self.read_bytes += piece.size
            self.metadata_bytes += piece.metadata_bytes

    def _store(self, tile: int, step: Step, address: int) -> Move:
        outputs = len(step.m_tile.out_channels) * len(step.columns) * self._machine.word_bytes
        size = in_bursts(outputs, self._machine)

        def done(began: int, ended: int) -> None:
            self._spans["store", tile] = began, ended
            self._write_back.stored += 1
            self._smem.release(("output tile", tile))
            self.write_bytes += size
            self.output_bytes += outputs

        bursts = list(range(address, address + size // self._machine.transfer.burst_bytes))
        return Move(bursts, True, lambda: self._write_back.written > tile, lambda: None, done)

    def tick(self, cycle: int) -> None:
        """One cycle of the path."""
        self.transfer.tick(cycle)

    def arrival(self, s: int) -> int | None:
        """The cycle at whose start the load of a step is there; None if that is not known yet.

        A step with nothing to load has it as soon as its load might begin and all before are there.
        """
        if s not in self._arrivals and not self._steps[s].load_bytes and len(self._ends) >= s - 1:
            before = self.arrival(s - 1) if s else 0
            if before is not None:
                self._arrivals[s] = max(before, self._ends[s - 2] if s >= 2 else 0)
        return self._arrivals.get(s)

    def has_arrived(self, s: int, cycle: int) -> bool:
        """Whether the load of a step is there at the start of a cycle (rule 23)."""
        arrival = self.arrival(s)
        return arrival is not None and arrival <= cycle

    def release(self, s: int) -> None:
        """Give back the tiles for which step s was the last."""
        for tile in (self._steps[s].weights, self._steps[s].ifmap):
            if tile.last_step == s:
                self._smem.release(tile)
