"""The bound that the search prunes by is the truth where nothing waits, and by hand where it is not (16a)."""

import numpy as np
import pytest

from accel_sim import load_machine
from accel_sim.engine import Engine, LayerEngine
from accel_sim.mapping import IfmapStays, LayerMapping, Tiling, WeightsStay
from accel_sim.search.bound import least_cycles
from workloads import KeepMask, Layer, MaskedLayer, gemm_workload

TILED = {"array.cores": 1, "array.rows": 2, "array.lanes": 4, "array.columns": 5, "smem.banks": None}
SYSTOLIC = {"array.rows": 4, "array.cols": 3, "array.double_buffered": False, "smem.banks": None}


def made(
    machine: str, changes: dict[str, object], masked: MaskedLayer, choice: IfmapStays | WeightsStay
) -> tuple[LayerEngine, LayerMapping]:
    loaded = load_machine(machine, changes)
    layer = Engine.of(loaded).layer(masked)
    mapping = Tiling(masked, layer.schedule, loaded).mapping(choice)
    assert mapping is not None
    return layer, mapping


def product(m_dim: int, k_dim: int, n_dim: int) -> MaskedLayer:
    return gemm_workload(m_dim, k_dim, n_dim, name="g").layers[0]


@pytest.mark.parametrize("fill_drain", ["counted", "hidden"])
@pytest.mark.parametrize(("port", "rate"), [(128, 32), (1, 1), (3, 5), (7, 2)])
@pytest.mark.parametrize("word", [1, 2])
@pytest.mark.parametrize(
    ("machine", "changes", "sizes"),
    [
        ("dense_tc", TILED, (2, 4, 5)),
        ("dense_tc", TILED, (1, 3, 4)),  # of everything less than there is room for
        ("dense_tc", {**TILED, "array.pipeline_cycles": 9, "dram.latency_cycles": 0}, (2, 4, 5)),
        ("csr_gather", {"array.pe_rows": 2, "array.lanes": 4, "array.columns": 5}, (2, 4, 5)),
        ("edge_systolic", {**SYSTOLIC, "array.accumulator_depth": 5}, (3, 4, 5)),
        (
            "edge_systolic",
            {**SYSTOLIC, "array.dataflow": "input_stationary", "array.accumulator_depth": 5},
            (4, 4, 3),
        ),
        (
            "edge_systolic",
            {**SYSTOLIC, "array.dataflow": "output_stationary", "array.accumulator_depth": None},
            (3, 4, 4),
        ),
    ],
)
def test_of_a_single_pass_the_bound_is_the_time(machine, changes, sizes, port, rate, word, fill_drain):
    """One load, one pass, one output tile: nothing overlaps but the stream of the pass with its work."""
    speeds = {"smem.bandwidth_bytes_per_cycle": port, "dram.bandwidth_bytes_per_cycle": rate}
    more = {"word_bytes": word, "fill_drain": fill_drain, "smem.capacity_bytes": 2**18, "smem.banks": None}
    layer, mapping = made(
        machine, {**changes, **speeds, **more}, product(*sizes), IfmapStays(sizes[2], chunks=1)
    )
    assert len(layer.plan(mapping)) == 1
    assert least_cycles(layer, mapping) == layer.cycles(mapping)


def test_of_many_passes_it_is_their_time_and_both_ends():
    """4 channels in 2 m tiles x 10 positions in 3 passes x 7 pixels in tiles of 5 and 2; a port of 3."""
    slow = {"smem.bandwidth_bytes_per_cycle": 3, "dram.bandwidth_bytes_per_cycle": 3, "dram.burst_bytes": 4}
    layer, mapping = made("dense_tc", {**TILED, **slow}, product(4, 10, 7), IfmapStays(7, chunks=1))
    # A pass over 5 columns asks for 20 or 10 bytes: 7 and 4 cycles (more than the columns only at first);
    # over 2 for 8 or 4: 3 and 2. Of each m tile two whole passes and a half one.
    of_tile = (7 + 7 + 5) + (3 + 3 + 2)
    assert layer.array_cycles(5) == 2 * of_tile
    # First 2 x 10 weights and 70 activations, in bursts 20 + 72 bytes: 31 cycles, and 100 of latency; first
    # weights 8 bytes: 3. Last an output tile of 2 x 2 bytes: 3 through the pipeline, 2 + 2.
    pipeline = layer.schedule.pipeline_cycles
    assert layer.first_preload_cycles(5) == 3
    assert least_cycles(layer, mapping) == 31 + 100 + 3 + 2 * of_tile + pipeline + 2 + 2


def test_of_a_slow_channel_it_is_all_bytes():
    slow = {"dram.bandwidth_bytes_per_cycle": 1, "dram.burst_bytes": 4, "dram.latency_cycles": 0}
    layer, mapping = made("dense_tc", {**TILED, **slow}, product(4, 10, 70), WeightsStay(2, 5))
    # Weights 2 x 20 bytes; the ifmap, 14 tiles of 50 (in bursts 52), stays; 28 output tiles of 10 (12).
    assert mapping.read_bytes == 40 + 14 * 52
    assert least_cycles(layer, mapping) == 40 + 14 * 52 + 28 * 12
    hidden, mapping = made(
        "dense_tc", {**TILED, **slow, "fill_drain": "hidden"}, product(4, 10, 70), WeightsStay(2, 5)
    )
    assert least_cycles(hidden, mapping) == 40 + 14 * 52 - 20 - 52  # less what came with the first step


def test_a_first_m_tile_without_a_pass_has_no_first_weights():
    """Rows 0 and 1 have no survivor; the bound knows of no pass before those of rows 2 and 3."""
    keep = np.zeros((4, 16), bool)
    keep[2:, :4] = True
    masked = MaskedLayer(Layer.gemm("g", 4, 16, 5), KeepMask.from_dense(keep))
    changes = {**TILED, "array.weight_sparsity": [], "array.skip_blocks": [2], "smem.capacity_bytes": 2**18}
    layer, _ = made("block_tc", changes, masked, IfmapStays(5, chunks=1))
    assert layer.schedule.first.tolist() == [0, 0, 1]
    assert layer.first_preload_cycles(5) == 0
    with_first, _ = made("block_tc", changes, product(4, 16, 5), IfmapStays(5, chunks=1))
    assert with_first.first_preload_cycles(5) == 1


def test_first_weights_of_inputs_that_stand_still_are_those_of_the_first_output_tile():
    """Tiles of 3 pixels and 1: a word for each of 4 positions and 3 columns stands still first."""
    changes = {
        **SYSTOLIC,
        "array.dataflow": "input_stationary",
        "array.accumulator_depth": 5,
        "smem.bandwidth_bytes_per_cycle": 1,
    }
    layer, _ = made("edge_systolic", changes, product(4, 4, 7), IfmapStays(7, chunks=1))
    assert layer.first_preload_cycles(3) == 12
    # Over each tile 4 channels stream by, 16 words at a byte a cycle, and a ramp of 4 + 4 + 3 - 2.
    assert layer.array_cycles(3) == 3 * (16 + 9)
