"""The compiled engine: a machine ready for layers; a layer's passes under a mapping, played and counted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from accel_sim.architectures import Architecture, Schedule, SmemLayout, Stream, find_architecture
from accel_sim.architectures.contract import Ints
from accel_sim.architectures.shared.smem_layout import smem_layout
from accel_sim.counters import COUNT, at, derive
from accel_sim.dram.numbers import device_numbers
from accel_sim.kernels.timeline.plan import Tiles, add_loads, plan_steps
from accel_sim.kernels.timeline.play import TRACE, OnChip, run_steps
from accel_sim.kernels.timeline.port import PassTables, sum_passes
from accel_sim.kernels.timeline.transfer import TransferNumbers
from accel_sim.machine import Machine, Transfer
from accel_sim.mapping import LayerMapping
from workloads.inputs import InputError
from workloads.kernels.types import Records
from workloads.workload import MaskedLayer

NO_TRACE = np.zeros(0, TRACE)
MOST_PASS_CYCLES = 2**41  # asked_bits multiplies two of them in halves
MOST_BANKED_CYCLES = 2**40  # x the denominator of a ratio of clocks, up to 10^6
MOST_COUNT = 2**63 - 1


class Engine(NamedTuple):
    """A machine, ready to run layers on the compiled engine."""

    machine: Machine
    transfer: Transfer
    transfer_numbers: TransferNumbers  # the same for kernels
    device: Records | None  # of a banked DRAM
    architecture: Architecture
    array: Any  # of the architecture
    layout: SmemLayout

    @classmethod
    def of(cls, machine: Machine) -> Engine:
        """The engine of a machine.

        Raises:
            InputError: an unknown architecture.
        """
        transfer = machine.transfer
        numbers = TransferNumbers(
            transfer.burst_bytes,
            0 if transfer.device else transfer.whole_rate,
            transfer.latency_cycles,
            *transfer.cycles_per_clock.as_integer_ratio(),
            transfer.bursts,
        )
        device = device_numbers(transfer.device) if transfer.device else None
        architecture = find_architecture(machine.architecture)
        array = architecture.Array.model_validate(machine.array)
        layout = smem_layout(machine)
        return cls(machine, transfer, numbers, device, architecture, array, layout)

    def layer(self, masked: MaskedLayer) -> LayerEngine:
        """A layer on this machine."""
        return LayerEngine(self, masked, self.architecture.schedule(masked, self.array, self.layout))


class LayerEngine:
    """A layer's passes on a machine, ready to be run under one mapping or another."""

    def __init__(self, engine: Engine, masked: MaskedLayer, schedule: Schedule) -> None:
        machine = engine.machine
        self.engine, self.masked, self.schedule = engine, masked, schedule
        self._port_bits = 8 * machine.smem.bandwidth_bytes_per_cycle
        self._chip = OnChip(
            port_bits=self._port_bits,
            write_bytes=machine.smem.bandwidth_bytes_per_cycle,
            pipeline_cycles=schedule.pipeline_cycles,
            rf_buffers=machine.rf.buffers,
            word_bytes=machine.word_bytes,
            hides_fill_drain=machine.fill_drain == "hidden",
        )
        self._ramps = np.zeros(len(schedule.ramps) + 1, np.int64)
        np.cumsum(schedule.ramps, out=self._ramps[1:])
        self._streams: dict[int, Stream] = {}
        self._tables: dict[int, PassTables] = {}
        self._sums: dict[int, Records] = {}
        self._array_cycles: dict[int, int] = {}
        self._stored_bytes: dict[int, int] = {}

    def run(self, mapping: LayerMapping, trace: Records = NO_TRACE) -> Ints:
        """All counters, int64 [COUNT].

        Args:
            trace: [steps] of :data:`accel_sim.kernels.timeline.play.TRACE`, filled in; empty for none.
        """
        out = self.count(mapping)
        self._play(mapping, trace, out)
        return derive(out)

    def cycles(self, mapping: LayerMapping) -> int:
        """Cycles alone: what a search asks for."""
        out = np.zeros(COUNT, np.int64)
        self._play(mapping, NO_TRACE, out)
        return int(out[at.cycles])

    def plan(self, mapping: LayerMapping) -> Records:
        """The steps: what the array does one after another, and what DRAM brings when (rules 13 to 19).

        Returns:
            [steps] of :data:`accel_sim.kernels.timeline.plan.STEP`.
        """
        layer = self.masked.layer
        tiles = Tiles(
            m_dim=layer.m_dim,
            n_dim=layer.n_dim,
            tile_m=self.schedule.tile_m,
            m_together=mapping.m_together,
            columns=mapping.columns,
            tile_n=mapping.tile_n,
        )
        steps = plan_steps(mapping.ifmap_stays, mapping.chunk_first, mapping.bounds, tiles)
        burst, ifmap_at = self.engine.transfer_numbers.burst_bytes, self.engine.transfer_numbers.bursts // 4
        add_loads(
            steps["weight_tile"],
            mapping.weight_tile_bytes // burst,
            0,
            mapping.weights_resident,
            steps["weights_at"],
            steps["weights_bursts"],
        )
        add_loads(
            steps["ifmap_tile"],
            mapping.ifmap_tile_bytes // burst,
            ifmap_at,
            mapping.ifmap_resident,
            steps["ifmap_at"],
            steps["ifmap_bursts"],
        )
        return steps

    def _play(self, mapping: LayerMapping, trace: Records, out: Ints) -> None:
        """Cycles, and stalls but for imbalance (rules 20 to 29)."""
        engine, columns, steps = self.engine, mapping.columns, self.plan(mapping)
        tables, sums = self._pass_tables(columns), self.pass_sums(columns)
        if engine.device is not None:
            self._require(self.array_cycles(columns), MOST_BANKED_CYCLES, "cycles beside a banked DRAM")
        run_steps(steps, tables, sums, self._chip, engine.transfer_numbers, engine.device, trace, out)

    def stream(self, columns: int) -> Stream:
        """What the passes do over output tiles of so many columns."""
        if columns not in self._streams:
            stream = self._streams[columns] = self.schedule.stream(columns)
            longest = max(int(stream.work.max(initial=0)), int(stream.bits.max(initial=0)) // self._port_bits)
            self._require(longest, MOST_PASS_CYCLES, "cycles of a pass")
        return self._streams[columns]

    def _require(self, got: int, most: int, what: str) -> None:
        """Refuse what kernels, which count in int64, would get wrong."""
        if got > most:
            name, machine = self.masked.layer.name, self.engine.machine.name
            raise InputError(f"{name}: expected at most {most:,} {what} on {machine}, got {got:,}")

    def array_cycles(self, columns: int) -> int:
        """Cycles of all passes over such output tiles, if no preload were waited for (rule 8 with W = 0)."""
        if columns not in self._array_cycles:
            stream = self.stream(columns)
            working = np.maximum(stream.work, -(-stream.bits // self._port_bits))
            of_variants = working.sum(axis=1) + self._ramps[-1]
            self._array_cycles[columns] = int(of_variants[stream.variant].sum())
        return self._array_cycles[columns]

    def first_preload_cycles(self, columns: int) -> int:
        """Cycles in which the preload of the first pass comes, if nothing else asks (rule 24)."""
        stream = self.stream(columns)
        if self.schedule.first[1] == 0:
            return 0  # the first m tile has no pass
        bits = int(stream.preload_bits[0, 0])  # the first output tile is of the first variant
        return -(-bits // self._port_bits)

    def _pass_tables(self, columns: int) -> PassTables:
        """The stream over such output tiles as kernels take it."""
        if columns not in self._tables:
            stream = self.stream(columns)
            tables = stream.variant, stream.slots, stream.work, stream.bits, stream.preload_bits
            self._tables[columns] = PassTables(*tables, self._ramps)
        return self._tables[columns]

    def pass_sums(self, columns: int) -> Records:
        """Running sums of the cycles of passes over such output tiles.

        Returns:
            [variants, passes + 1] of :data:`accel_sim.kernels.timeline.port.PASS_SUM`.
        """
        if columns not in self._sums:
            first, port_bits = self.schedule.first, self._port_bits
            self._sums[columns] = sum_passes(self._pass_tables(columns), first, port_bits)
        return self._sums[columns]

    def count(self, mapping: LayerMapping) -> Ints:
        """Counts, which follow from totals alone (rules 29 to 36); the rest of int64 [COUNT] is zero."""
        layer, machine = self.masked.layer, self.engine.machine
        work = self.stream(mapping.columns).total
        out = np.zeros(COUNT, np.int64)
        out[at.compute_cycles] = work.balanced_slots
        out[at.stall_imbalance_cycles] = work.slots - work.balanced_slots
        out[at.macs] = work.macs
        out[at.issued_macs] = work.issued_macs
        out[at.gated_macs] = work.gated_macs
        lane_cycles = self.schedule.multipliers * work.slots
        self._require(lane_cycles, MOST_COUNT, "multipliers x cycles")
        out[at.idle_lane_cycles] = lane_cycles - work.issued_macs - work.gated_macs
        in_place = work.sums_in_place * -(-machine.rf.accumulator_bytes // machine.word_bytes)
        out[at.lrf_reads] = work.lrf_reads + in_place
        out[at.lrf_writes] = work.lrf_writes + in_place
        out[at.lrf_metadata_reads] = work.lrf_metadata_reads
        out[at.rf_read_bytes] = out[at.rf_write_bytes] = work.accumulations * machine.rf.accumulator_bytes
        outputs = layer.m_dim * layer.n_dim * machine.word_bytes
        port_bytes = work.smem_words * machine.word_bytes
        out[at.metadata_bytes] = mapping.metadata_read_bytes
        out[at.dram_read_bytes] = mapping.read_bytes
        out[at.dram_write_bytes] = self.stored_bytes(mapping)
        out[at.smem_read_bytes] = port_bytes + outputs
        out[at.smem_write_bytes] = mapping.read_bytes - mapping.metadata_read_bytes + outputs
        out[at.smem_metadata_read_bytes] = -(-work.smem_metadata_bits // 8)
        out[at.smem_metadata_write_bytes] = mapping.metadata_read_bytes
        out[at.smem_busy_cycles] = -(-(8 * port_bytes + work.smem_metadata_bits) // self._port_bits)
        out[at.dram_busy_cycles] = self.engine.transfer.cycles(
            int(out[at.dram_read_bytes] + out[at.dram_write_bytes])
        )
        return out

    def stored_bytes(self, mapping: LayerMapping) -> int:
        """Every output tile in whole bursts; those at the edges are smaller (rule 35)."""
        if mapping.columns not in self._stored_bytes:
            layer, word, total = self.masked.layer, self.engine.machine.word_bytes, 0
            for rows, m_tiles in _tiles(layer.m_dim, self.schedule.tile_m):
                for columns, n_tiles in _tiles(layer.n_dim, mapping.columns):
                    total += m_tiles * n_tiles * self.in_bursts(rows * columns * word)
            self._stored_bytes[mapping.columns] = total
        return self._stored_bytes[mapping.columns]

    def in_bursts(self, size: int) -> int:
        """Bytes rounded up to whole bursts."""
        burst = self.engine.transfer.burst_bytes
        return -(-size // burst) * burst


def _tiles(whole: int, size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Sizes of the tiles of a dimension, and how many there are of each."""
    return (size, whole // size), (whole % size, int(whole % size > 0))
