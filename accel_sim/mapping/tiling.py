"""From a mapping's choice to a layer's tiles and their bytes, if they fit SMEM (rules 12 to 16 and 19)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from accel_sim.architectures import Schedule
from accel_sim.architectures.contract import Ints
from accel_sim.architectures.shared.geometry import geometry
from accel_sim.kernels.layer import Geometry
from accel_sim.kernels.timeline.halo import tile_pixels
from accel_sim.kernels.timeline.plan import cut_chunks, even_chunk_bytes, pass_sizes, tile_sizes, tile_totals
from accel_sim.machine import Machine
from accel_sim.mapping.choice import Choice, IfmapStays, WeightsStay
from workloads.workload import MaskedLayer

EACH_ONE = np.zeros(0, np.int64)  # every pixel of an ifmap counts as one


@dataclass(frozen=True)
class LayerMapping:
    """How a layer is cut: all that the plan of its steps needs."""

    choice: Choice
    columns: int  # output pixels of an output tile
    m_together: int  # m tiles whose weights stay in SMEM together
    weights_resident: bool  # all weights of the layer stay in SMEM
    ifmap_resident: bool  # the whole ifmap stays in SMEM
    chunk_first: Ints  # [m tiles + 1], a tile's first chunk of passes
    bounds: Ints  # [chunks + 1], a chunk's first pass
    weight_tile_bytes: Ints  # whole bursts, metadata included
    ifmap_tile_bytes: Ints  # whole bursts
    metadata_read_bytes: int  # from DRAM, in all
    read_bytes: int  # from DRAM, in all, metadata included

    @property
    def ifmap_stays(self) -> bool:
        """Which of the two orders of rule 15: an ifmap tile stays while the weights pass by."""
        return isinstance(self.choice, IfmapStays)

    @property
    def tile_n(self) -> int:
        """Output pixels of an ifmap tile."""
        return self.choice.tile_n

    @property
    def first_bytes(self) -> int:
        """What comes from DRAM before the array can start."""
        return int(self.weight_tile_bytes[0] + self.ifmap_tile_bytes[0])


class _Stored(NamedTuple):
    """Tiles of an operand as they lie in DRAM, with their sums at hand: a search asks for these often."""

    bytes: Ints  # of each, whole bursts
    metadata_bytes: Ints
    total_bytes: int
    total_metadata_bytes: int
    held_bytes: int  # of the two that SMEM holds at once, or of the only one

    @classmethod
    def of(cls, size: Ints, metadata: Ints) -> _Stored:
        """Tiles of those sizes."""
        largest, total, of_metadata = tile_totals(size, metadata)
        return cls(size, metadata, total, of_metadata, largest * min(2, len(size)))


class _Chunks(NamedTuple):
    """The passes of all m tiles cut into chunks."""

    first: Ints  # [m tiles + 1], a tile's first chunk
    bounds: Ints  # [chunks + 1], a chunk's first pass
    stored: _Stored


class Tiling:
    """A layer and its passes on a machine, ready to be cut one way or another."""

    def __init__(self, masked: MaskedLayer, schedule: Schedule, machine: Machine) -> None:
        self.masked, self.layer, self.schedule = masked, masked.layer, schedule
        self.m_tiles = len(schedule.first) - 1
        self._whole_tiles = np.arange(self.m_tiles + 1)  # every m tile in one chunk
        self.capacity_bytes, self._word = machine.smem.capacity_bytes, machine.word_bytes
        self._burst = machine.transfer.burst_bytes
        self._pass_bytes, *self._before = pass_sizes(
            schedule.weights, schedule.metadata_bits, machine.word_bytes
        )
        self._sets: dict[int, _Stored] = {}
        self._chunks: dict[int, _Chunks] = {}
        self._ifmaps: dict[int, _Stored] = {}

    @cached_property
    def most_passes(self) -> int:
        """Passes of the m tile that has the most, at least 1: the most chunks that it can be cut into."""
        return max(1, int(np.diff(self.schedule.first).max()))

    @cached_property
    def _largest_pass_bytes(self) -> int:
        """The smallest chunk of weights that every pass fits into, whole bursts."""
        return -(-int(self._pass_bytes.max(initial=0)) // self._burst) * self._burst

    def mapping(self, choice: Choice) -> LayerMapping | None:
        """The tiles that a choice makes; none if they do not fit."""
        columns = min(choice.tile_n, self.schedule.columns)
        needed = self.ifmap_bytes(choice)
        room = self.capacity_bytes - self.output_bytes(columns)
        if isinstance(choice, IfmapStays):
            return self._ifmap_stays(choice, columns, room - needed)
        return self._weights_stay(choice, columns, room, needed)

    def output_bytes(self, columns: int) -> int:
        """Bytes of the two output tiles in SMEM."""
        return 2 * min(self.schedule.tile_m, self.layer.m_dim) * columns * self._word

    def ifmap_bytes(self, choice: Choice) -> int:
        """Bytes of the ifmap tiles that SMEM holds at once."""
        return self._ifmap(choice.tile_n).held_bytes

    def weight_bytes(self, choice: Choice) -> int:
        """Bytes of the weights that SMEM holds at once, at least."""
        if isinstance(choice, IfmapStays):
            if choice.chunks is None:
                return 2 * self._largest_pass_bytes
            return self._cut(choice.chunks).stored.held_bytes
        return self._set(choice).held_bytes

    def _ifmap(self, tile_n: int) -> _Stored:
        """The ifmap tiles of so many output pixels."""
        if tile_n not in self._ifmaps:
            shape, n_dim = geometry(self.layer), self.layer.n_dim
            words = _ifmap_pixels(shape, n_dim, tile_n) * self.layer.in_channels
            metadata = np.zeros(len(words), np.int64)
            if self.schedule.compressed_ifmap:
                metadata = -(-words // 8)
                words = tile_pixels(shape, n_dim, tile_n, self.masked.activation_keep.row_counts)
            self._ifmaps[tile_n] = _Stored.of(self._in_bursts(words * self._word + metadata), metadata)
        return self._ifmaps[tile_n]

    def _together(self, choice: WeightsStay) -> int:
        """M tiles whose weights stay together."""
        return -(-choice.tile_m // self.schedule.tile_m)

    def _set(self, choice: WeightsStay) -> _Stored:
        """The sets of weights that stay."""
        together = self._together(choice)
        if together not in self._sets:
            bounds = np.append(self.schedule.first[:-1][::together], self.schedule.first[-1])
            self._sets[together] = self._weights(bounds)
        return self._sets[together]

    def _weights(self, bounds: Ints) -> _Stored:
        """The weights of each run of passes."""
        values, bits = self._before
        return _Stored.of(*tile_sizes(values, bits, bounds, self._burst))

    def _cut(self, chunks: int) -> _Chunks:
        """The heaviest m tile in so many chunks, the others in the fewest that are no larger (rule 15)."""
        if chunks not in self._chunks:
            limit = even_chunk_bytes(self.schedule.first, self._pass_bytes, chunks)
            self._chunks[chunks] = self._cut_at(max(limit, int(self._pass_bytes.max(initial=0))))
        return self._chunks[chunks]

    def _cut_at(self, limit: int) -> _Chunks:
        """Every m tile in the fewest chunks of at most ``limit`` bytes."""
        chunk_first, bounds = cut_chunks(self.schedule.first, self._pass_bytes, limit)
        return _Chunks(chunk_first, bounds, self._weights(bounds))

    def _in_bursts(self, size: Ints) -> Ints:
        return -(-size // self._burst) * self._burst

    def _ifmap_stays(self, choice: IfmapStays, columns: int, left: int) -> LayerMapping | None:
        """All weights pass by an ifmap tile, chunk after chunk, two of them in SMEM."""
        if choice.chunks is not None:
            chunks = self._cut(choice.chunks)
        elif left < self.weight_bytes(choice):
            return None
        else:
            chunks = self._cut_at(left // 2 // self._burst * self._burst)
        ifmap, tiles = self._ifmap(choice.tile_n), chunks.stored
        resident = tiles.total_bytes <= left
        if not resident and tiles.held_bytes > left:
            return None
        if resident:  # as a single chunk that fits is
            metadata_bytes, read_bytes = tiles.total_metadata_bytes, tiles.total_bytes
        else:  # an m tile in one chunk is read once an ifmap tile, others once an output tile
            # Output tiles along n: tile_n is a multiple of columns, or all of n.
            count = np.diff(chunks.first)
            each = np.where(count == 1, len(ifmap.bytes), -(-self.layer.n_dim // columns))
            reads = np.repeat(each, count)
            metadata_bytes, read_bytes = int(tiles.metadata_bytes @ reads), int(tiles.bytes @ reads)
        return LayerMapping(
            choice=choice,
            columns=columns,
            m_together=1,
            weights_resident=resident,
            ifmap_resident=False,
            chunk_first=chunks.first,
            bounds=chunks.bounds,
            weight_tile_bytes=tiles.bytes,
            ifmap_tile_bytes=ifmap.bytes,
            metadata_read_bytes=metadata_bytes + ifmap.total_metadata_bytes,
            read_bytes=read_bytes + ifmap.total_bytes,
        )

    def _weights_stay(self, choice: WeightsStay, columns: int, room: int, needed: int) -> LayerMapping | None:
        """The weights of some m tiles stay, two sets in SMEM or the only one, while the ifmap passes by."""
        ifmap, tiles = self._ifmap(choice.tile_n), self._set(choice)
        left = room - tiles.held_bytes
        if left < needed:
            return None
        resident = ifmap.total_bytes <= left
        times = 1 if resident else len(tiles.bytes)  # a single ifmap tile that fits is resident
        return LayerMapping(
            choice=choice,
            columns=columns,
            m_together=self._together(choice),
            weights_resident=False,
            ifmap_resident=resident,
            chunk_first=self._whole_tiles,
            bounds=self.schedule.first,
            weight_tile_bytes=tiles.bytes,
            ifmap_tile_bytes=ifmap.bytes,
            metadata_read_bytes=tiles.total_metadata_bytes + times * ifmap.total_metadata_bytes,
            read_bytes=tiles.total_bytes + times * ifmap.total_bytes,
        )


@lru_cache(maxsize=4096)
def _ifmap_pixels(shape: Geometry, n_dim: int, tile_n: int) -> Ints:
    pixels = tile_pixels(shape, n_dim, tile_n, EACH_ONE)
    pixels.flags.writeable = False  # shared by all layers of that shape
    return pixels
