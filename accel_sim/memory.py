"""What a simulation will hold in memory, estimated from its largest layer; too much is refused.

Layers run one after another. What grows without bound is the plan of a layer (an entry for each output
tile), its weights, which are unpacked, and on machines that look at them its activations: a bit each, and a
byte each while they are counted. Measured: 995 bytes an output tile; 0.3 to 1.3 bytes a weight, but where an
architecture says more (``WEIGHT_BYTES`` of :class:`accel_sim.architectures.Architecture`); 1.1 bytes an
activation (0.3 on gather arrays with 1 x 1 kernels, so that the estimate is high there).
"""

from __future__ import annotations

from collections.abc import Iterable

from accel_sim.engine import Engine
from workloads.inputs.memory import memory_limit, require_memory
from workloads.workload import MaskedLayer

TILE_BYTES = 1000
WEIGHT_BYTES = 5 / 4
ACTIVATION_BYTES = 9 / 8


def check_memory(engine: Engine, layers: Iterable[MaskedLayer]) -> None:
    """Refuse a simulation that this computer's memory cannot hold.

    Raises:
        InputError: a layer's estimate is beyond the memory that there is.
    """
    limit = memory_limit()
    for masked in layers:
        layer = masked.layer
        # Most layers are far below it even if every output were a tile; their passes are not made twice.
        if _bytes(engine, masked, layer.m_dim * layer.n_dim, looks=True) > limit:
            require_memory(estimate_bytes(engine, masked), layer.name, "a smaller batch or layer needs less")


def estimate_bytes(engine: Engine, masked: MaskedLayer) -> int:
    """Bytes of memory that a layer will take while it is simulated."""
    least = _bytes(engine, masked, 0, looks=False)
    if least > memory_limit():  # its weights alone: not to be unpacked to be looked at
        return least
    schedule, layer = engine.layer(masked).schedule, masked.layer
    tiles = -(-layer.m_dim // schedule.tile_m) * -(-layer.n_dim // schedule.columns)
    looks = schedule.compressed_ifmap or getattr(engine.array, "activations", "dense") != "dense"
    return _bytes(engine, masked, tiles, looks)


def _bytes(engine: Engine, masked: MaskedLayer, tiles: int, looks: bool) -> int:
    layer = masked.layer
    of_weight = getattr(engine.architecture, "WEIGHT_BYTES", WEIGHT_BYTES)
    inputs = layer.batch * layer.in_h * layer.in_w * layer.in_channels if looks else 0
    return int(tiles * TILE_BYTES + layer.weights * of_weight + inputs * ACTIVATION_BYTES)
