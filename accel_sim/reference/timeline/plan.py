"""Stepped: steps of a layer, their tiles and the slices loaded with each (rules 13, 15, 17 and 18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from accel_sim.machine import Machine
from accel_sim.reference.architectures.contract import MTile, Pass, Program
from accel_sim.reference.architectures.shared.cuts import cut
from accel_sim.reference.timeline.tiles import Slice, Tile, ifmap_tile, weight_tile
from workloads.layer import Layer

if TYPE_CHECKING:
    from accel_sim.mapping import LayerMapping


@dataclass(eq=False)
class Step:
    """A step of the stepped machine: a run of passes over the columns of one output tile."""

    m_tile: MTile
    passes: tuple[Pass, ...]
    columns: range
    opens: bool  # the output tile
    closes: bool
    weight_key: int  # which weights it needs in SMEM
    ifmap_key: int
    weights: Tile = field(init=False)
    ifmap: Tile = field(init=False)
    load: list[Slice] = field(default_factory=list)

    @property
    def load_bytes(self) -> int:
        """What comes from DRAM with this step."""
        return sum(piece.size for piece in self.load)


def plan_steps(
    layer: Layer,
    program: Program,
    activations: npt.NDArray[np.int8],
    machine: Machine,
    mapping: LayerMapping,
) -> list[Step]:
    """Every step of the stepped machine in order, with its tiles and the slices that are loaded with it."""
    bounds, chunk_first = mapping.bounds.tolist(), mapping.chunk_first.tolist()
    passes, m_tiles = program.passes, range(len(program.m_tiles))
    assert bounds[-1] == len(passes), "the mapping cuts other passes than the mask makes"
    ifmaps = cut(range(layer.n_dim), mapping.tile_n)
    # Where the ifmap stays, all m tiles pass by as one set (rule 15).
    together = len(m_tiles) if mapping.ifmap_stays else mapping.m_together
    steps = [
        Step(
            m_tile=program.m_tiles[m],
            passes=passes[bounds[chunk] : bounds[chunk + 1]],
            columns=columns,
            opens=chunk == chunk_first[m],
            closes=chunk + 1 == chunk_first[m + 1],
            weight_key=chunk if mapping.ifmap_stays else m // together,
            ifmap_key=i,
        )
        for m_set in cut(m_tiles, together)
        for i, ifmap in enumerate(ifmaps)
        for m in m_set
        for columns in cut(ifmap, mapping.columns)
        for chunk in range(chunk_first[m], chunk_first[m + 1])
    ]

    def weights_of(key: int) -> Tile:
        if mapping.ifmap_stays:
            return weight_tile(passes[bounds[key] : bounds[key + 1]], machine)
        stored = [p for m in cut(m_tiles, together)[key] for p in program.m_tiles[m].passes]
        return weight_tile(stored, machine)

    def ifmap_of(key: int) -> Tile:
        return ifmap_tile(layer, ifmaps[key], machine, activations if program.compressed else None)

    burst = machine.transfer.burst_bytes
    bursts = machine.transfer.bursts
    tiles = _lay_out(steps[-1].weight_key + 1, weights_of, 0, burst)
    weights = _load_tiles([step.weight_key for step in steps], tiles, mapping.weights_resident, steps, burst)
    tiles = _lay_out(len(ifmaps), ifmap_of, bursts // 4, burst)
    ifmap = _load_tiles([step.ifmap_key for step in steps], tiles, mapping.ifmap_resident, steps, burst)
    for step, step_weights, step_ifmap in zip(steps, weights, ifmap, strict=True):
        step.weights, step.ifmap = step_weights, step_ifmap
    return steps


def _lay_out(count: int, make: Callable[[int], Tile], first: int, burst: int) -> list[Tile]:
    """The tiles of a kind, one after another from burst ``first`` on (rule 20b)."""
    tiles = [make(key) for key in range(count)]
    for tile in tiles:
        tile.first_burst = first
        first += tile.stored_bytes // burst
    return tiles


def _load_tiles(
    keys: list[int], tiles: list[Tile], resident: bool, steps: list[Step], burst: int
) -> list[Tile]:
    """The tile that each step uses, by the key of each; its slices go to the steps that load it.

    A tile is kept while its key stays; where it is resident, for good (rule 16).
    """
    kept: dict[int, Tile] = {}
    used: list[Tile] = []
    run = 0  # first step of the tile in use
    for s, key in enumerate(keys):
        if s and key == keys[s - 1]:
            used.append(used[-1])
        elif key in kept and resident:
            used.append(kept[key])
            run = s
        else:
            tile = kept[key] = replace(tiles[key])  # a stay of its own in SMEM
            used.append(tile)
            # Rule 17: even slices, one with each step from the second of the tile before on.
            begin, parts = (run + 1, s - run) if s else (0, 1)
            count = tile.stored_bytes // burst
            for i in range(parts):
                piece = Slice(tile, count * i // parts, count * (i + 1) // parts, burst)
                steps[begin + i].load.append(piece)
            run = s
        used[-1].last_step = len(keys) if resident else s
    return used
