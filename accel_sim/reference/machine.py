"""The machine, one clock cycle after another (rules 8 and 20 to 29).

Cycle t lasts from time t to t + 1. At its start all that takes no time is settled: sums leave the
pipeline, a step ends and the next one begins, a write-back begins. Then SMEM's read port, the DRAM
channel and SMEM's write port do one cycle of work each, and the cycle is filed under what it was.
"""

from __future__ import annotations

from collections import Counter, deque

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.reference.array import Accumulators, Array, Broadcast, Lrf
from accel_sim.reference.banks import most_rows, rows_asked
from accel_sim.reference.memory import Smem
from accel_sim.reference.plan import Step
from accel_sim.reference.traffic import Traffic
from accel_sim.reference.unfold import activation_at
from accel_sim.reference.write_back import WriteBack
from accel_sim.spans import Spans
from workloads.workload import MaskedLayer

COLUMN = "column"  # a cycle in which the array serves an output column
LOST = "lost"  # one in which a pass serves none: filed when the pass is over
DRAM, SMEM, BANK, WRITE_BACK, FILL_DRAIN = (
    f"stall_{cause}_cycles"
    for cause in ("dram", "smem_bandwidth", "bank_conflict", "writeback", "fill_drain")
)


class SteppedMachine:
    """A machine with the steps of a layer before it."""

    def __init__(
        self,
        item: MaskedLayer,
        machine: Machine,
        steps: list[Step],
        array: Array,
        ramp_cycles: int,
        weights: npt.NDArray[np.int8],
        activations: npt.NDArray[np.int8],
    ) -> None:
        self._layer, self._keep, self._machine = item.layer, item.mask.to_dense(), machine
        self._steps, self._array, self._ramp = steps, array, ramp_cycles
        self._served_at = 0  # when the last column of the running pass was served
        self._weights, self._activations = weights, activations
        self._word_bits = 8 * machine.word_bytes
        self._port_bits = 8 * machine.smem.bandwidth_bytes_per_cycle
        self.output = np.zeros((item.layer.m_dim, item.layer.n_dim), np.int64)
        self.cycle = 0
        self.spans: Spans = {}
        self.filed: Counter[str] = Counter()  # what a cycle was -> cycles
        self.activations_read = self.weights_read = self.metadata_bits_read = 0  # at SMEM's read port
        self._ends: list[int] = []  # of each step that ended
        self._running: Lrf | None = None  # the half of the LRFs that multiplies
        self._served = self._fetched_bits = 0  # columns of the running pass, bits of its activations
        self._asked: dict[int, int] = {}  # bank -> rows that a column of the running pass asks of it
        self._waiting: dict[int, int] = {}  # those of the column that is fetched, not served yet
        self._next_bits = 0  # of the weights that have to come while the pass runs
        self._left_in_step = self._began = 0  # passes after the running one; when the step began
        self._accumulators = Accumulators(range(0), range(0))
        # The spare half of the LRFs takes the passes in order, whatever step they are of.
        self._ahead = deque((s, p) for s, step in enumerate(steps) for p in step.passes)
        self._take_spare()
        smem = Smem(machine.smem.capacity_bytes)
        self.write_back = WriteBack(machine, array, smem, self.output, self.spans)
        self.traffic = Traffic(machine, steps, self._ends, smem, self.write_back, self.spans)
        self._hidden = machine.fill_drain == "hidden"
        if self._hidden and steps[0].passes:  # rule 29a
            self._bring(self._spare_missing)

    @property
    def cycles(self) -> int:
        """Cycles of the layer, when it has run."""
        return self._ends[-1] if self._hidden else self.cycle

    def run(self) -> None:
        """Step until the last output is in DRAM."""
        outputs = sum(step.closes for step in self._steps)
        while self.write_back.stored < outputs:
            self._settle()
            was = self._tick_read_port()
            if not (self._hidden and len(self._ends) == len(self._steps)):  # what follows is hidden
                self.filed[was] += 1
            self.traffic.tick(self.cycle)
            self.write_back.tick(self.cycle)
            self.cycle += 1

    def _settle(self) -> None:
        self._array.retire(self.cycle)
        if self._running is not None and self._pass_is_over():
            self._file_lost(self._running)
            if self._left_in_step:
                self._begin_pass()
            else:
                self._end_step()
        while self._running is None and len(self._ends) < len(self._steps) and self._may_begin():
            self._begin_step()
        self.write_back.settle(self.cycle)

    def _pass_is_over(self) -> bool:
        """All columns are served and out, and the next pass of the step has its weights (rule 8)."""
        if self._served < len(self._accumulators.columns) or self.cycle < self._served_at + self._ramp:
            return False
        return not (self._left_in_step and self._spare_missing)

    def _may_begin(self) -> bool:
        """Whether the next step may start (rules 22 to 25)."""
        s = len(self._ends)
        return (
            self.traffic.has_arrived(s, self.cycle)
            and not (self._steps[s].opens and not self.write_back.accumulators_free)
            and not (self._steps[s].passes and self._spare_missing)
        )

    def _begin_step(self) -> None:
        step = self._steps[len(self._ends)]
        assert step.weights.whole and step.ifmap.whole, "a step without all of its tiles"  # noqa: PT018
        if step.opens:
            self.write_back.opened += 1
            self._accumulators = Accumulators(step.m_tile.rows, step.columns)
        self._left_in_step, self._began = len(step.passes), self.cycle
        if step.passes:
            self._begin_pass()
        else:
            self._end_step()

    def _begin_pass(self) -> None:
        """The halves of the LRFs change places."""
        assert self._spare is not None
        self._running = self._spare
        self._served = self._fetched_bits = 0
        self._asked = rows_asked(self._layer, self._running.held, self._machine)
        self._waiting = dict(self._asked)
        self._left_in_step -= 1
        self._take_spare()
        self._next_bits = self._spare_missing if self._left_in_step else 0

    def _file_lost(self, lrf: Lrf) -> None:
        """Rule 29: what the port alone would have lost, and what the banks lost beyond that."""
        columns, lost = len(self._accumulators.columns), self.filed.pop(LOST, 0)
        bits = columns * lrf.held.distinct_activations * self._word_bits + self._next_bits
        of_columns = columns * lrf.held.distinct_activations * self._word_bits
        served = max(columns, -(-of_columns // self._port_bits))
        by_port = max(served + self._ramp, -(-bits // self._port_bits)) - columns - self._ramp
        self.filed[FILL_DRAIN] += self._ramp
        self.filed[SMEM] += by_port
        self.filed[BANK] += lost - by_port - self._ramp

    def _end_step(self) -> None:
        self._running = None
        self._ends.append(self.cycle)
        s = len(self._ends) - 1
        self.spans["step", s] = self._began, self.cycle
        self.traffic.release(s)
        if self._steps[s].closes:
            self.write_back.queue(self._accumulators, self.cycle)

    def _take_spare(self) -> None:
        """Make the spare half of the LRFs wait for the weights of the pass that comes next."""
        self._spare_step, self._spare = len(self._steps), None
        if self._ahead:
            self._spare_step, ahead = self._ahead.popleft()
            self._spare = Lrf(ahead, self._word_bits)

    @property
    def _spare_missing(self) -> int:
        return self._spare.missing_bits if self._spare is not None else 0

    def _tick_read_port(self) -> str:
        """Give out the bits of a cycle, columns first (rules 8 and 24); return what the cycle was."""
        bits, was = self._port_bits, self._why_idle()
        step = self._steps[min(len(self._ends), len(self._steps) - 1)]
        if self._running is not None and self._served < len(step.columns):
            of_column = self._running.held.distinct_activations * self._word_bits
            behind = of_column * (self._served + 1)  # bits of all columns up to the next one
            # A column that fits the cycles of its banks has these to itself; wider ones take all of the port.
            alone = of_column <= bits * most_rows(self._asked)
            wanted = (behind if alone else of_column * len(step.columns)) - self._fetched_bits
            taken = min(bits, wanted)
            self._fetched_bits += taken
            bits -= taken
            self._waiting = {bank: rows - 1 for bank, rows in self._waiting.items() if rows > 1}
            if self._fetched_bits >= behind and not (alone and self._waiting):
                self._serve(step, self._running)
                self._waiting = dict(self._asked)
                was = COLUMN
        if self._spare_missing and self.traffic.has_arrived(self._spare_step, self.cycle):
            self._bring(bits)
        return was

    def _bring(self, bits: int) -> None:
        """Weights and metadata of the pass that comes next, into the spare half of the LRFs."""
        assert self._spare is not None
        self._spare.missing_bits -= min(bits, self._spare.missing_bits)
        if not self._spare.missing_bits:
            self._spare.fill(self._weights, self._keep)
            self.weights_read += self._spare.held.stored_weights
            self.metadata_bits_read += self._spare.held.metadata_bits

    def _why_idle(self) -> str:
        """Rule 29: under what a cycle without a column is filed."""
        if self._running is not None:
            return LOST
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

    def _serve(self, step: Step, lrf: Lrf) -> None:
        """Broadcast the activations of the next column to all rows."""
        column = step.columns[self._served]
        broadcast: Broadcast = {}
        for conv_group, first, width in lrf.held.stretches:
            values = broadcast[conv_group, first] = []
            for k in range(first, first + width):
                pixel, channel = activation_at(self._layer, column, conv_group, k)
                assert pixel is None or pixel in step.ifmap.pixels, "an activation that is not in SMEM"
                image, y, x = pixel or (0, 0, 0)
                values.append(int(self._activations[image, channel, y, x]) if pixel else 0)
        self._array.serve(self.cycle, lrf, broadcast, self._accumulators, column)
        self._served_at = self.cycle + 1
        self.activations_read += lrf.held.distinct_activations
        self._served += 1
