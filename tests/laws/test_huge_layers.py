"""Layers whose products leave 32 bits many times over: the engines' int64 against Python's whole numbers."""

import pytest
import whole_numbers
from hypothesis import example, given
from hypothesis import strategies as st
from law_cases import BANKED, SIMPLE, dense, engine_of, image, machine_with, run, uses_zeros
from whole_numbers import up

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from accel_sim.kernels.timeline import port
from workloads import Layer, MaskedLayer, Workload, gemm_workload
from workloads.inputs import InputError
from workloads.network import load_network

LINEAR = (
    *("macs", "issued_macs", "gated_macs", "idle_lane_cycles", "lrf_reads", "lrf_writes"),
    *("lrf_metadata_reads", "rf_read_bytes", "smem_read_bytes", "compute_cycles", "stall_imbalance_cycles"),
    "dram_write_bytes",
)


def weight_stationary(layer: Layer, rows: int = 32, cols: int = 32) -> int:
    """Cycles of SCALE-Sim's array: every fold streams all of n, and fills and drains (rules 11c, 11d)."""
    return up(layer.m_dim, cols) * up(layer.k_dim, rows) * (layer.n_dim + 2 * rows + cols - 2)


@pytest.mark.parametrize(
    ("n_dim", "cycles"),
    [
        (2**20 - 1, 12_584_028),
        (2**20, 12_584_040),  # was 15,729,489: the port's bits left int64
        (2**20 + 1, 12_584_052),
        (2**21, 25_166_952),
        (3 * 2**20, 37_749_864),
    ],
)
def test_a_gemm_of_a_million_columns_takes_what_the_closed_form_says(n_dim, cycles):
    workload = gemm_workload(128, 96, n_dim)
    assert weight_stationary(workload.layers[0].layer) == cycles
    assert simulate(workload, machine_with("scalesim")).cycles == cycles


@given(
    m_dim=st.integers(1, 200),
    k_dim=st.integers(1, 200),
    width=st.integers(1, 2**15),
    height=st.integers(1, 2**15),
    rows=st.integers(1, 64),
    cols=st.integers(1, 64),
)
def test_the_closed_form_holds_up_to_a_thousand_million_columns(m_dim, k_dim, width, height, rows, cols):
    masked = image(m_dim, k_dim, height, width)
    found = run(masked, machine_with("scalesim", (("array.cols", cols), ("array.rows", rows)))).counts
    assert found["cycles"] == weight_stationary(masked.layer, rows, cols)
    assert found["compute_cycles"] == up(m_dim, cols) * up(k_dim, rows) * width * height
    assert found["stall_smem_bandwidth_cycles"] == 0


@pytest.mark.parametrize(("network", "batch"), [("resnet50", 96), ("vgg16", 21)])
def test_large_batches_of_networks_take_what_the_closed_form_says(network, batch):
    layers = load_network(network).with_batch(batch).layers
    workload = Workload(network, tuple(dense(layer) for layer in layers), "test")
    found = simulate(workload, machine_with("scalesim")).layers["cycles"].tolist()
    assert found == [weight_stationary(layer) for layer in layers]


@pytest.mark.parametrize("dataflow", ["output_stationary", "input_stationary"])
def test_the_other_dataflows_take_a_ramp_and_what_streams_by_for_each_tile(dataflow):
    masked = image(70, 50, 2**8, 2**9)
    settings = {"array.dataflow": dataflow}
    tiles, streams, ramp = up(50, 32) * 2**12, 70, 94
    if dataflow == "output_stationary":
        settings["array.accumulator_depth"] = None
        tiles, streams, ramp = up(70, 32) * 2**12, 50, 62
    assert run(masked, load_machine("scalesim", settings)).counts["cycles"] == tiles * (streams + ramp)


def huge_layer(name: str) -> MaskedLayer:
    """Some hundred thousand columns; fewer where each activation is looked at."""
    if uses_zeros(machine_with(name)):
        return image(40, 72, 129, 127)
    return dense(Layer("stem", "conv", 3, 70, 448, 448, 7, 7, 2, 2, 3, 3, batch=7))


@pytest.mark.parametrize("name", SIMPLE)
@pytest.mark.parametrize("memory", ["as it ships", "slow", "wide"])
def test_time_is_what_the_rules_give_in_whole_numbers(name, memory):
    changes = {
        "as it ships": (),
        "slow": (("dram.bandwidth_bytes_per_cycle", 1), ("smem.bandwidth_bytes_per_cycle", 1)),
        "wide": (("dram.latency_cycles", 2**30), ("smem.bandwidth_bytes_per_cycle", 2**40)),
    }
    masked, machine = huge_layer(name), machine_with(name, changes[memory])
    found = run(masked, machine)
    times = whole_numbers.play(engine_of(masked, machine), found.mapping)
    times["stall_imbalance_cycles"] = found.counts["stall_imbalance_cycles"]
    assert {cause: found.counts[cause] for cause in whole_numbers.TIMES} == times


@pytest.mark.parametrize("name", [n for n in SIMPLE if not uses_zeros(machine_with(n))])
def test_sixteen_million_columns_count_what_their_tiles_count_and_no_resource_is_too_fast(name):
    machine = machine_with(name)
    unit = engine_of(image(1, 1, 1, 1), machine).schedule.columns
    width = min(unit, 2**12)  # whole output tiles
    whole, part = (image(96, 48, height, width) for height in (2**24 // width, 4))
    mapping = {"image": f"ifmap_stays(tile_n={min(unit, 4 * width)})"}
    if unit >= 2**24:
        mapping = {"image": f"ifmap_stays(tile_n={2**24})"}
    huge = run(whole, machine.with_mapping(mapping)).counts
    small = run(part, machine.with_mapping({"image": f"ifmap_stays(tile_n={min(unit, 4 * width)})"})).counts
    times = 2**24 // (4 * width)
    walked = ("lrf_writes",) if unit >= 2**24 else ()  # once an output tile: here there is but one
    for counter in LINEAR:
        expected = small[counter] * (1 if counter in walked else times)
        if counter == "smem_read_bytes" and walked:
            expected -= (times - 1) * 96 * 48 * machine.word_bytes
        assert huge[counter] == expected, counter
    assert huge["macs"] == 96 * 48 * 2**24
    assert min(huge.values()) >= 0
    assert huge["cycles"] == huge["compute_cycles"] + sum(huge[stall] for stall in c.STALLS)
    layer = engine_of(whole, machine)
    assert huge["macs"] <= layer.schedule.multipliers * huge["compute_cycles"]
    moved = huge["dram_read_bytes"] + huge["dram_write_bytes"]
    assert moved >= (96 + 48) * 2**24 * machine.word_bytes
    if machine.fill_drain == "counted":
        assert huge["cycles"] >= max(machine.transfer.cycles(moved), huge["smem_busy_cycles"])


@pytest.mark.parametrize("name", BANKED)
def test_a_banked_dram_takes_its_bytes_and_no_more_than_a_few_times_their_time(name):
    masked = image(40, 72, 512, 512)
    found = run(masked, machine_with(name)).counts
    parts = [found[name] for name in ("compute_cycles", *c.STALLS)]
    assert min(parts) >= 0
    assert sum(parts) == found["cycles"]
    busy = max(found["compute_cycles"], found["dram_busy_cycles"], found["smem_busy_cycles"])
    assert busy <= found["cycles"] <= 4 * busy


def sizes(bits: int) -> st.SearchStrategy[int]:
    """Numbers of 1 to so many bits, each as often."""
    return st.integers(1, bits).flatmap(lambda n: st.integers(2 ** (n - 1), 2**n))


@given(work=sizes(55), stream=sizes(55), preload=sizes(55), ramp=sizes(20), port_bits=sizes(43))
def test_a_pass_takes_whole_numbers_of_cycles(work, stream, preload, ramp, port_bits):
    found = port.pass_cycles(work, stream, preload, port_bits, ramp)
    assert found == whole_numbers.taken(work, stream, preload, ramp, port_bits)


@given(over=st.data(), stream=sizes(55), working=sizes(31))
def test_what_a_pass_has_asked_for_is_its_share_of_the_stream(over, stream, working):
    cycles = over.draw(st.integers(0, working))
    assert port.asked_bits(cycles, stream, working) == cycles * stream // working


@given(
    eighths=st.integers(-1, 10),
    start=sizes(55),
    work=sizes(31),
    each=sizes(24),
    ramp=sizes(18),
    preload=sizes(50),
    port_bits=sizes(43),
)
@example(eighths=0, start=94, work=2**20, each=256, ramp=94, preload=2**13, port_bits=2**43)
def test_a_preload_is_there_when_the_port_has_had_room_for_it(
    eighths, start, work, each, ramp, preload, port_bits
):
    """Rule 24, for ports that are far wider than anything that they are asked for, too."""
    stream = work * min(each, port_bits)
    arrival = max(0, start + eighths * (work + ramp) // 8)
    found = port.preload_ready(start, work, stream, ramp, preload, arrival, port_bits)
    assert found == whole_numbers.weights_there(start, work, stream, ramp, preload, arrival, port_bits)


def test_a_pass_of_more_than_two_to_the_32_cycles_is_exact_or_refused():
    """A port of three bytes a cycle; a second ifmap tile arrives in the midst of a pass of the first."""
    narrow = {"smem.bandwidth_bytes_per_cycle": 3, "dram.bandwidth_bytes_per_cycle": 3}
    long = {"array.accumulator_depth": 2**26, "smem.capacity_bytes": 2**40}
    machine = load_machine("tpu_v1_like", {**narrow, **long})
    machine = machine.with_mapping({"image": f"ifmap_stays(tile_n={2**26})"})
    masked = image(512, 254, 2**13, 2**14)
    try:
        found = simulate(Workload("w", (masked,), "test"), machine).cycles
    except InputError:
        return
    mapping = run(masked, machine).mapping
    assert found == whole_numbers.play(engine_of(masked, machine), mapping)["cycles"]
