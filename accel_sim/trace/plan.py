"""What each step of a layer is: its place in the layer, and the bytes that come and go with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accel_sim.architectures.contract import Ints
from accel_sim.engine import LayerEngine
from accel_sim.mapping import LayerMapping


@dataclass(frozen=True, eq=False)
class Plan:
    """The steps of a layer under a mapping; every array is [steps] (rules 13 to 19)."""

    first_pass: Ints
    passes: Ints
    columns: Ints  # output pixels that a step serves
    first_column: Ints
    m_tile: Ints
    opens: Ints  # an output tile
    closes: Ints
    output_tile: Ints
    output_bytes: Ints  # of that tile
    stored_bytes: Ints  # the same in whole bursts
    weights_bytes: Ints  # that DRAM brings with the step, metadata included, whole bursts
    ifmap_bytes: Ints
    loads: npt.NDArray[
        np.bool_
    ]  # whether it asks for the path to DRAM; what fill and drain hide does not (rule 29a)

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(self.passes)


def plan_layer(layer: LayerEngine, mapping: LayerMapping) -> Plan:
    """The steps that the engine plays under a mapping."""
    shape, machine = layer.item.layer, layer.engine.machine
    steps, burst = layer.plan(mapping), layer.engine.transfer.burst_bytes
    loads = steps["weights_bursts"] + steps["ifmap_bursts"] > 0
    if machine.fill_drain == "hidden":
        loads[0] = False
    m_tile, first_column = _places(mapping, shape.n_dim, steps["weight_tile"], steps["ifmap_tile"])
    outputs = steps["out_channels"] * steps["columns"] * machine.word_bytes
    closes = steps["closes"]
    return Plan(
        first_pass=steps["first_pass"],
        passes=steps["last_pass"] - steps["first_pass"],
        columns=steps["columns"],
        first_column=first_column,
        m_tile=m_tile,
        opens=steps["opens"],
        closes=closes,
        output_tile=np.cumsum(closes) - closes,
        output_bytes=outputs,
        stored_bytes=-(-outputs // burst) * burst,
        weights_bytes=steps["weights_bursts"] * burst,
        ifmap_bytes=steps["ifmap_bursts"] * burst,
        loads=loads,
    )


def _places(mapping: LayerMapping, n_dim: int, weight_tile: Ints, ifmap_tile: Ints) -> tuple[Ints, Ints]:
    """M tile and first output pixel of each step, from its place in the orders of rule 15."""
    steps = np.arange(len(ifmap_tile))
    width = np.minimum(mapping.tile_n, n_dim - ifmap_tile * mapping.tile_n)
    output_tiles = -(-width // mapping.columns)  # of each step's ifmap tile
    chunk_first = mapping.chunk_first
    if mapping.ifmap_stays:  # for each ifmap tile: m tile, output tile, chunk
        m_tile = np.searchsorted(chunk_first, weight_tile, side="right") - 1
        chunks = np.diff(chunk_first)[m_tile]
        within = steps - np.searchsorted(ifmap_tile, ifmap_tile) - chunk_first[m_tile] * output_tiles
        return m_tile, ifmap_tile * mapping.tile_n + within // chunks * mapping.columns
    # For each set of weights: ifmap tile, m tile, output tile.
    begins = np.flatnonzero(np.diff(weight_tile, prepend=-1) | np.diff(ifmap_tile, prepend=-1))
    within = steps - np.repeat(begins, np.diff(begins, append=len(steps)))
    m_tile = weight_tile * mapping.m_together + within // output_tiles
    return m_tile, ifmap_tile * mapping.tile_n + within % output_tiles * mapping.columns
