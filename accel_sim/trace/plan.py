"""A layer's steps as the trace shows them: place in the layer, bytes that come and go with each."""

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
    loads: npt.NDArray[np.bool_]  # whether it asks for the path to DRAM, as a hidden load does not (rule 29a)

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(self.passes)


def plan_layer(layer: LayerEngine, mapping: LayerMapping) -> Plan:
    """The steps that the engine plays under a mapping, as the trace shows them."""
    machine = layer.engine.machine
    steps, burst = layer.plan(mapping), layer.engine.transfer.burst_bytes
    loads = steps["weights_bursts"] + steps["ifmap_bursts"] > 0
    if machine.fill_drain == "hidden":
        loads[0] = False
    outputs = steps["out_channels"] * steps["columns"] * machine.word_bytes
    closes = steps["closes"]
    return Plan(
        first_pass=steps["first_pass"],
        passes=steps["last_pass"] - steps["first_pass"],
        columns=steps["columns"],
        first_column=steps["n_place"] * mapping.columns,
        m_tile=steps["m_tile"],
        opens=steps["opens"],
        closes=closes,
        output_tile=np.cumsum(closes) - closes,
        output_bytes=outputs,
        stored_bytes=-(-outputs // burst) * burst,
        weights_bytes=steps["weights_bursts"] * burst,
        ifmap_bytes=steps["ifmap_bursts"] * burst,
        loads=loads,
    )
