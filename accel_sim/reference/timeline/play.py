"""Stepped: the machine, cycle after cycle: the pass under way, the spare LRFs (rules 8 and 20 to 29).

Cycle t lasts from time t to t + 1. At its start all that takes no time is settled: sums leave the
pipeline, a step ends and the next one begins, a write-back begins. Then SMEM's read port, the path
to DRAM and SMEM's write port do one cycle of work each, and the cycle is filed under what it was.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

import numpy as np

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import Demand, Run
from accel_sim.reference.array import Accumulators, Array
from accel_sim.reference.timeline.plan import Step
from accel_sim.reference.timeline.room import Smem
from accel_sim.reference.timeline.spans import Spans
from accel_sim.reference.timeline.traffic import Traffic
from accel_sim.reference.timeline.write_back import WriteBack
from accel_sim.reference.unfold import pixels_under
from workloads.layer import Layer

SLOTS = "slots"  # cycles of a pass that it would take by itself
DRAM, SMEM, BANK, WRITE_BACK, FILL_DRAIN = (
    f"stall_{cause}_cycles"
    for cause in ("dram", "smem_bandwidth", "bank_conflict", "writeback", "fill_drain")
)


@dataclass
class Spare:
    """The half of the LRFs that waits for the preload of the pass that comes next."""

    step: int
    run: Run
    missing_bits: int


@dataclass
class Running:
    """The pass under way on the stepped machine."""

    run: Run
    began: int
    stream_bits: int
    next_bits: int  # of the preload that has to come meanwhile (rule 8)
    works_for: int  # D of rule 8, in cycles
    elapsed: int = 0  # cycles
    played: int = 0  # cycles of its work

    def asks(self) -> int:
        """Bits that it asks SMEM for in the cycle that begins."""
        i, bits = self.elapsed, self.stream_bits
        if i >= self.works_for:
            return 0
        return (i + 1) * bits // self.works_for - i * bits // self.works_for

    def plays(self) -> bool:
        """Whether the next cycle of its work falls into the cycle that begins (rule 8a)."""
        work = self.run.work
        return self.played < work and self.elapsed == -(-(self.played + 1) * self.works_for // work) - 1


class SteppedMachine:
    """A machine with the steps of a layer before it."""

    def __init__(self, layer: Layer, machine: Machine, steps: list[Step], array: Array) -> None:
        self._layer, self._machine, self._steps, self._array = layer, machine, steps, array
        self._port_bits = 8 * machine.smem.bandwidth_bytes_per_cycle
        self.output = np.zeros((layer.m_dim, layer.n_dim), np.int64)
        self.cycle = 0
        self.spans: Spans = {}
        self.filed: Counter[str] = Counter()  # what a cycle was -> cycles
        self.balanced = 0  # slots (rule 9)
        self.words_read = self.metadata_bits_read = 0  # at SMEM's read port
        self._ends: list[int] = []  # of each step that ended
        self._running: Running | None = None
        self._left_in_step = self._began = 0  # passes after the running one; when the step began
        self._accumulators = Accumulators((), range(0))
        # The spare half of the LRFs takes the passes in order, whatever step they are of.
        self._ahead = deque((s, p) for s, step in enumerate(steps) for p in step.passes)
        self._spare = self._take_spare()
        smem = Smem(machine.smem.capacity_bytes)
        self.write_back = WriteBack(machine, array, smem, self.output, self.spans)
        self.traffic = Traffic(machine, steps, self._ends, smem, self.write_back, self.spans)
        self._hidden = machine.fill_drain == "hidden"
        if self._hidden and steps[0].passes and self._spare is not None:  # rule 29a
            self._spare.missing_bits = 0

    @property
    def cycles(self) -> int:
        """Cycles of the layer, when it has run."""
        return self._ends[-1] if self._hidden else self.cycle

    def run(self) -> None:
        """Step until the last output is in DRAM."""
        outputs = sum(step.closes for step in self._steps)
        while self.write_back.stored < outputs:
            self._settle()
            # What a pass lost is filed at its end; what follows the last step may be hidden.
            if self._running is None and not (self._hidden and len(self._ends) == len(self._steps)):
                self.filed[self._why_idle()] += 1
            self._tick_array()
            self.traffic.tick(self.cycle)
            self.write_back.tick(self.cycle)
            self.cycle += 1

    def _settle(self) -> None:
        """All that takes no time: a pass may need no cycle, and a step have no pass."""
        self._array.retire(self.cycle)
        while True:
            if self._running is not None:
                if not self._pass_is_over(self._running):
                    break
                self._end_pass(self._running)
            elif len(self._ends) < len(self._steps) and self._may_begin():
                self._begin_step()
            else:
                break
        self.write_back.settle(self.cycle)

    @property
    def _preload_missing(self) -> bool:
        """Whether the pass that comes next has to wait for its preload."""
        return self._spare is not None and self._spare.missing_bits > 0

    def _pass_is_over(self, running: Running) -> bool:
        """It has worked, its ramp is over, and the next pass of the step has its preload (rule 8)."""
        if running.elapsed < running.works_for + running.run.ramp:
            return False
        return not (self._left_in_step and self._preload_missing)

    def _may_begin(self) -> bool:
        """Whether the next step may start (rules 22 to 25)."""
        s = len(self._ends)
        return (
            self.traffic.has_arrived(s, self.cycle)
            and not (self._steps[s].opens and not self.write_back.accumulators_free)
            and not (self._steps[s].passes and self._preload_missing)
        )

    def _begin_step(self) -> None:
        step = self._steps[len(self._ends)]
        assert step.weights.whole, "a step without all of its weights"
        assert step.ifmap.whole, "a step without all of its ifmap tile"
        assert pixels_under(self._layer, step.columns) <= step.ifmap.pixels, "an activation not in SMEM"
        if step.opens:
            self.write_back.opened += 1
            self._accumulators = Accumulators(step.m_tile.out_channels, step.columns)
        self._left_in_step, self._began = len(step.passes), self.cycle
        if step.passes:
            self._begin_pass()
        else:
            self._end_step()

    def _begin_pass(self) -> None:
        """The halves of the LRFs change places."""
        assert self._spare is not None
        assert self._spare.step == len(self._ends), "a pass of another step"
        run = self._spare.run
        self._left_in_step -= 1
        self._spare = self._take_spare()
        stream = self._bits(run.stream)
        self._running = Running(
            run=run,
            began=self.cycle,
            stream_bits=stream,
            next_bits=self._spare.missing_bits if self._spare is not None and self._left_in_step else 0,
            works_for=max(run.work, -(-stream // self._port_bits)),
        )
        for demand in (run.preload, run.stream):
            self.words_read += demand.words
            self.metadata_bits_read += demand.metadata_bits
        self.balanced += run.balanced
        self._array.take_pass(run.slots, run.lrf_writes)

    def _end_pass(self, running: Running) -> None:
        assert running.played == running.run.work, "work that no cycle was left for"
        assert next(running.run.cycles, None) is None, "more cycles than work"
        self._array.end_pass()
        self._file(running)
        if self._left_in_step:
            self._begin_pass()
        else:
            self._running = None
            self._end_step()

    def _file(self, running: Running) -> None:
        """Rule 29: slots, ramp, what the port alone would have lost, and what the banks lost beyond that."""
        slots, ramp, port = running.run.slots, running.run.ramp, self._port_bits
        without_conflicts = max(
            max(slots, -(-running.stream_bits // port)) + ramp,
            -(-(running.stream_bits + running.next_bits) // port),
        )
        conflicts = self.cycle - running.began - without_conflicts
        assert conflicts >= 0, "a pass that was faster than its port"
        self.filed[SLOTS] += slots
        self.filed[FILL_DRAIN] += ramp
        self.filed[SMEM] += without_conflicts - slots - ramp
        self.filed[BANK] += conflicts

    def _end_step(self) -> None:
        self._ends.append(self.cycle)
        s = len(self._ends) - 1
        self.spans["step", s] = self._began, self.cycle
        self.traffic.release(s)
        if self._steps[s].closes:
            self.write_back.queue(self._accumulators, self.cycle)

    def _take_spare(self) -> Spare | None:
        """Make the spare half of the LRFs wait for the preload of the pass that comes next."""
        if not self._ahead:
            return None
        s, ahead = self._ahead.popleft()
        run = ahead.over(self._steps[s].columns)
        return Spare(s, run, self._bits(run.preload))

    def _bits(self, demand: Demand) -> int:
        return 8 * self._machine.word_bytes * demand.words + demand.metadata_bits

    def _tick_array(self) -> None:
        """A cycle of the pass; what its stream leaves of the port goes to the next preload (8 and 24)."""
        bits = self._port_bits
        if self._running is not None:
            asked = self._running.asks()
            assert asked <= bits, "a stream that is wider than the port"
            bits -= asked
            if self._running.plays():
                self._array.multiply(self.cycle, next(self._running.run.cycles), self._accumulators)
                self._running.played += 1
            self._running.elapsed += 1
        if self._spare is not None and self.traffic.has_arrived(self._spare.step, self.cycle):
            self._spare.missing_bits -= min(bits, self._spare.missing_bits)

    def _why_idle(self) -> str:
        """Rule 29: under what a cycle between two steps is filed."""
        s = len(self._ends)
        if s in (0, len(self._steps)):
            return FILL_DRAIN
        arrival = self.traffic.arrival(s)
        if arrival is None or arrival > self.cycle:
            return DRAM
        if self._steps[s].opens and not self.write_back.accumulators_free:
            return WRITE_BACK
        a_pass_could_hide_them = arrival < self._ends[s - 1] and self._steps[s - 1].passes
        return SMEM if a_pass_could_hide_them else FILL_DRAIN
