"""Mapping: the tiles that SMEM holds and the order in which they pass.

Rules 13 to 16. The one chosen fits the SMEM and has the lowest bound on its cycles; where none
fits, that is an error with the sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from accel_sim.architectures import Schedule
from accel_sim.architectures.base import Ints
from accel_sim.kernels.halo import tile_pixels
from accel_sim.kernels.plan import ACTIVATIONS_INNER, WEIGHTS_INNER, cut_chunks
from accel_sim.machine import Machine
from workloads.inputs import InputError
from workloads.layer import Layer


@dataclass(frozen=True)
class Mapping:
    """How a layer is cut: all that the plan of its steps needs."""

    order: int  # WEIGHTS_INNER or ACTIVATIONS_INNER
    tile_n: int  # output pixels of an ifmap tile
    columns: int  # output pixels of an output tile
    m_together: int  # m tiles whose weights stay in SMEM together
    weights_resident: bool  # all weights of the layer stay in SMEM
    ifmap_resident: bool  # the whole ifmap stays in SMEM
    chunk_first: Ints  # [m tiles + 1], a tile's first chunk of passes
    bounds: Ints  # [chunks + 1], a chunk's first pass
    weight_tile_bytes: Ints  # whole bursts, metadata included
    weight_metadata_bytes: Ints
    ifmap_tile_bytes: Ints  # whole bursts
    read_bytes: int  # from DRAM, in all
    first_bytes: int  # from DRAM, before the array can start

    @property
    def ifmap_stays(self) -> bool:
        """Which of the two orders of rule 15: an ifmap tile stays while the weights pass by."""
        return self.order == WEIGHTS_INNER

    @property
    def label(self) -> str:
        """One word for the result table."""
        if self.ifmap_stays:
            return f"ifmap stays, tile_n={self.tile_n}"
        return f"weights stay, {self.m_together} m tiles"


def geometry(layer: Layer) -> Ints:
    """The layer's geometry in the order that the halo kernel takes."""
    sides = ("out", "in", "kernel", "stride", "padding", "dilation")
    return np.array([getattr(layer, f"{side}_{axis}") for side in sides for axis in "hw"])


def choose_mapping(layer: Layer, schedule: Schedule, machine: Machine) -> Mapping:
    """The mapping with the lowest bound on cycles; among equals the one that reads the least.

    The bound is the larger of compute and DRAM time, plus the load of the first tiles, behind which
    nothing can hide. Ifmap tiles are tried from small to large; once a tile's own first load makes
    it worse than the best so far, every larger one is too.

    Raises:
        InputError: no tile fits the SMEM.
    """
    stream = _WeightStream(schedule, machine)
    together = list(_weight_sets(layer, schedule, stream))
    shape, rate = geometry(layer), machine.dram.bandwidth_bytes_per_cycle
    compute = int(schedule.first[-1]) * layer.n_dim
    outputs = layer.m_dim * layer.n_dim * machine.word_bytes
    least = outputs + int(_ifmap_tiles(layer, shape, layer.n_dim, machine).sum()) + stream.total
    best: tuple[int, int] | None = None
    chosen: Mapping | None = None
    for tile_n, is_short in _tile_sizes(layer.n_dim, schedule.columns):
        if is_short and chosen is not None:
            break  # a tile of the array's width fits: a shorter one only wastes columns
        ifmap = _ifmap_tiles(layer, shape, tile_n, machine)
        if best is not None and max(compute, -(-least // rate)) - (-int(ifmap[0]) // rate) > best[0]:
            break
        for mapping in _candidates(layer, schedule, machine, stream, together, tile_n, ifmap):
            dram = -(-(mapping.read_bytes + outputs) // rate)
            bound = (max(compute, dram) + -(-mapping.first_bytes // rate), mapping.read_bytes)
            if best is None or bound < best:
                best, chosen = bound, mapping
    if chosen is None:
        raise InputError(_no_fit(layer, schedule, machine, stream))
    return chosen


def _ifmap_tiles(layer: Layer, shape: Ints, tile_n: int, machine: Machine) -> Ints:
    """Bytes of each ifmap tile, whole bursts."""
    pixels = tile_pixels(shape, layer.n_dim, tile_n)
    return _round_up(pixels * layer.in_channels * machine.word_bytes, machine.dram.burst_bytes)


class _WeightStream:
    """The compressed weights of a layer in the order of their passes, ready to be cut into tiles."""

    def __init__(self, schedule: Schedule, machine: Machine) -> None:
        self._burst = machine.dram.burst_bytes
        self._values = np.concatenate(([0], np.cumsum(schedule.weights * machine.word_bytes)))
        self._metadata_bits = np.concatenate(([0], np.cumsum(schedule.metadata_bits)))
        self.pass_bytes = schedule.weights * machine.word_bytes + -(-schedule.metadata_bits // 8)
        self.largest_pass = int(_round_up(self.pass_bytes, self._burst).max(initial=0))
        self.total = int(self._values[-1])

    def in_whole_bursts(self, room: int) -> int:
        """What of some room a tile can fill, as it is stored in whole bursts (rule 19)."""
        return room // self._burst * self._burst

    def tiles(self, bounds: Ints) -> tuple[Ints, Ints]:
        """Bytes of each run of passes as stored in DRAM (whole bursts), and those that are metadata."""
        values, bits = self._values[bounds], self._metadata_bits[bounds]
        metadata = -((bits[:-1] - bits[1:]) // 8)
        return _round_up(values[1:] - values[:-1] + metadata, self._burst), metadata


def _tile_sizes(n_dim: int, columns: int) -> Iterator[tuple[int, bool]]:
    """Sizes of an ifmap tile, and whether it holds fewer columns than the array."""
    size = columns
    while size < n_dim:
        yield size, False
        size *= 2
    yield n_dim, False
    size = min(columns, n_dim) // 2
    while size >= 1:
        yield size, True
        size //= 2


def _candidates(
    layer: Layer,
    schedule: Schedule,
    machine: Machine,
    stream: _WeightStream,
    together: Sequence[tuple[int, Ints, Ints]],
    tile_n: int,
    ifmap: Ints,
) -> Iterator[Mapping]:
    """The mappings with ifmap tiles of ``tile_n`` that fit."""
    columns = min(tile_n, schedule.columns)
    outputs = 2 * min(schedule.tile_rows, layer.m_dim) * columns * machine.word_bytes
    room = machine.smem.capacity_bytes - outputs
    needed = int(ifmap.max()) * min(2, len(ifmap))
    if needed > room:
        return
    output_tiles = -(-layer.n_dim // columns)  # along n: tile_n is a multiple of columns, or all of n
    mapping = _weights_inner(schedule, stream, tile_n, columns, output_tiles, ifmap, room - needed)
    if mapping is not None:
        yield mapping
    yield from _activations_inner(schedule, together, tile_n, columns, ifmap, room, needed)


def _weights_inner(
    schedule: Schedule,
    stream: _WeightStream,
    tile_n: int,
    columns: int,
    output_tiles: int,
    ifmap: Ints,
    left: int,
) -> Mapping | None:
    """An ifmap tile stays while all weights pass by, chunk after chunk, two of them in SMEM."""
    if left < 2 * stream.largest_pass:
        return None
    chunk_first, bounds = cut_chunks(schedule.first, stream.pass_bytes, stream.in_whole_bursts(left // 2))
    tiles, metadata = stream.tiles(bounds)
    resident = int(tiles.sum()) <= left
    if resident or len(tiles) == 1:
        weight_bytes = int(tiles.sum())
    else:  # an m tile in one chunk is read once an ifmap tile, others once an output tile
        whole = np.diff(chunk_first) == 1
        walks = np.where(whole, len(ifmap), output_tiles)
        weight_bytes = int(np.add.reduceat(tiles, chunk_first[:-1]) @ walks)
    return Mapping(
        order=WEIGHTS_INNER,
        tile_n=tile_n,
        columns=columns,
        m_together=1,
        weights_resident=resident,
        ifmap_resident=False,
        chunk_first=chunk_first,
        bounds=bounds,
        weight_tile_bytes=tiles,
        weight_metadata_bytes=metadata,
        ifmap_tile_bytes=ifmap,
        read_bytes=weight_bytes + int(ifmap.sum()),
        first_bytes=int(tiles[0] + ifmap[0]),
    )


def _weight_sets(layer: Layer, schedule: Schedule, stream: _WeightStream) -> Iterator[tuple[int, Ints, Ints]]:
    """How many m tiles may stay together, and the bytes and metadata of each set."""
    if layer.groups > 1:
        return  # an m tile needs the channels of its own groups alone: the other order has them all
    m_tiles = len(schedule.first) - 1
    together = 1
    while together < 2 * m_tiles:
        count = min(together, m_tiles)
        bounds = np.append(schedule.first[:-1][::count], schedule.first[-1])
        yield count, *stream.tiles(bounds)
        together *= 2


def _activations_inner(
    schedule: Schedule,
    weight_sets: Sequence[tuple[int, Ints, Ints]],
    tile_n: int,
    columns: int,
    ifmap: Ints,
    room: int,
    needed: int,
) -> Iterator[Mapping]:
    """The weights of some m tiles stay, two sets in SMEM or the only one, while the ifmap passes by."""
    total = int(ifmap.sum())
    for together, tiles, metadata in weight_sets:
        left = room - int(tiles.max()) * min(2, len(tiles))
        if left < needed:
            return
        resident = total <= left
        times = 1 if resident or len(ifmap) == 1 else len(tiles)
        yield Mapping(
            order=ACTIVATIONS_INNER,
            tile_n=tile_n,
            columns=columns,
            m_together=together,
            weights_resident=False,
            ifmap_resident=resident,
            chunk_first=np.arange(len(schedule.first)),
            bounds=schedule.first,
            weight_tile_bytes=tiles,
            weight_metadata_bytes=metadata,
            ifmap_tile_bytes=ifmap,
            read_bytes=int(tiles.sum()) + times * total,
            first_bytes=int(tiles[0] + ifmap[0]),
        )


def _round_up(size: Ints, unit: int) -> Ints:
    return -(-size // unit) * unit


def _no_fit(layer: Layer, schedule: Schedule, machine: Machine, stream: _WeightStream) -> str:
    pixels = int(tile_pixels(geometry(layer), layer.n_dim, 1).max())
    ifmap = min(2, layer.n_dim) * pixels * layer.in_channels * machine.word_bytes
    outputs = 2 * min(schedule.tile_rows, layer.m_dim) * machine.word_bytes
    return (
        f"{layer.name}: mapping: expected a tile that fits smem.capacity_bytes={machine.smem.capacity_bytes},"
        f" got at least {ifmap} of activations + {2 * stream.largest_pass} of weights + {outputs} of outputs"
    )
