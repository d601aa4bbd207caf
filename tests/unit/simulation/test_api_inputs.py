"""The public API takes numpy's numbers, text for paths, names for machines, and refuses the rest in words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from refusals import refusal

from accel_sim import dram_stream, load_machine, simulate
from accel_sim.compare.comparison import at_sparsity, compare
from accel_sim.compare.sweep import load_sweep
from accel_sim.loading.energy import load_energy
from accel_sim.loading.families import family_names
from accel_sim.machine.shipped import config_folder
from accel_sim.mapping.file import load_mapping, save_mapping
from accel_sim.report.files import read_table, save_json, save_table
from accel_sim.trace import trace_layer
from accel_sim.verify import verify
from workloads import (
    KeepMask,
    Layer,
    MaskedLayer,
    Network,
    Workload,
    conv_workload,
    gemm_workload,
    load_network,
    load_workload,
)
from workloads.activations import PerChannel, Uniform
from workloads.artifact import PrunedLayer, PrunedNetwork, read_artifact, write_artifact
from workloads.network import read_layers, write_layers
from workloads.patterns import at_density, parse_pattern

NET = "resnet20_w16_28"
SMALL = gemm_workload(16, 32, 8)
MACHINE = config_folder("machines") / "crisp_stc.yaml"


@pytest.mark.parametrize("kind", [np.int8, np.uint16, np.int32, np.int64])
def test_whole_numbers_of_numpy_are_taken(kind):
    sizes = [kind(value) for value in (12, 16, 20)]
    assert gemm_workload(*sizes).layers == gemm_workload(12, 16, 20).layers
    layer = Layer("c", "conv", kind(4), kind(8), kind(9), kind(9), kind(3), kind(3), padding_h=kind(1))
    assert layer == Layer("c", "conv", 4, 8, 9, 9, 3, 3, padding_h=1)
    assert all(type(getattr(layer, size)) is int for size in ("in_h", "macs", "n_dim", "padding_h"))
    assert Layer.linear("fc", kind(4), kind(3), kind(2)) == Layer.linear("fc", 4, 3, 2)
    assert KeepMask.ones(kind(3), kind(70)) == KeepMask.ones(3, 70)
    small = load_workload(NET, "nm(2:4)", seed=kind(3), batch=kind(2))
    assert small == load_workload(NET, "nm(2:4)", 3, 2)
    assert load_network(NET).with_batch(kind(2)) == load_network(NET).with_batch(2)
    assert len(list(verify("crisp_stc", kind(1), kind(5)))) == 1


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_of_numpy_are_taken(kind):
    half = kind(0.5)
    assert gemm_workload(4, 8, 9, activation_density=half) == gemm_workload(4, 8, 9, activation_density=0.5)
    assert load_workload(NET, activation_density=half) == load_workload(NET, activation_density=0.5)
    conv = np.ones((2, 3, 1, 1))
    assert conv_workload(conv, 3, 3, activation_density=half) == conv_workload(
        conv, 3, 3, activation_density=0.5
    )
    assert MaskedLayer(Layer.linear("a", 2, 2), KeepMask.ones(2, 2), Uniform(half)).activation_density == 0.5
    assert at_density("unstructured", half) == "unstructured(density=0.5)"
    assert load_machine("crisp_stc", {"clock_hz": kind(1e6)}).clock_hz == 1e6


def test_overrides_take_numpy_and_tuples():
    changes = {
        "smem.bandwidth_bytes_per_cycle": np.int64(64),
        "array.skip_blocks": (np.int32(16), 32),
        "clock_hz": np.float64(2e9),
    }
    plain = {"smem.bandwidth_bytes_per_cycle": 64, "array.skip_blocks": [16, 32], "clock_hz": 2e9}
    assert load_machine("crisp_stc", changes) == load_machine("crisp_stc", plain)
    by_array = load_machine("crisp_stc", {"array.skip_blocks": np.array([16, 32])})
    assert by_array.array["skip_blocks"] == [16, 32]


def test_a_name_or_a_path_is_taken_where_a_machine_is():
    result = simulate(SMALL, load_machine("crisp_stc"))
    for machine in ("crisp_stc", str(MACHINE), MACHINE):
        assert simulate(SMALL, machine).cycles == result.cycles
        assert trace_layer(SMALL.layers[0], machine).cycles == result.cycles
        assert compare([("x", SMALL, machine)])[0]["cycles"].tolist() == [result.cycles]
    assert simulate(SMALL, load_machine(MACHINE)).machine == "crisp_stc"


def test_text_is_taken_for_every_path(tmp_path):
    folder = str(tmp_path / "new")
    table = pd.DataFrame({"a": [1]})
    save_table(folder, "t", table)
    assert read_table(f"{folder}/t.csv").equals(table)
    save_json(f"{folder}/s.json", {"a": 1})
    save_mapping(f"{folder}/m.yaml", {"gemm": "auto"})
    assert load_mapping(f"{folder}/m.yaml", ["gemm"]) == {"gemm": "auto"}
    layer = Layer.linear("fc", 3, 2)
    write_layers(f"{folder}/net.csv", (layer,), "test")
    assert read_layers(f"{folder}/net.csv") == load_network(f"{folder}/net.csv").layers == (layer,)
    pruned = PrunedNetwork("n", (PrunedLayer(layer, KeepMask.ones(2, 3), np.ones(6, np.float32)),))
    write_artifact(f"{folder}/n.safetensors", pruned)
    assert read_artifact(f"{folder}/n.safetensors").layers[0].layer == layer
    assert load_workload(f"{folder}/n.safetensors") == load_workload(Path(folder) / "n.safetensors")


CALLS = {
    "simulate: machine": (
        lambda: simulate(SMALL, 5),
        "machine: expected a Machine, or a machine's name or path",
    ),
    "simulate: no workload": (
        lambda: simulate(NET, "crisp_stc"),
        "workload: expected a Workload, as load_workload or gemm_workload gives it, got 'resnet20_w16_28'",
    ),
    "simulate: a layer": (lambda: simulate(SMALL.layers[0], "crisp_stc"), "got a MaskedLayer"),
    "simulate: mapping": (
        lambda: simulate(SMALL, "crisp_stc", mapping="auto"),
        "mapping: expected texts by layer",
    ),
    "simulate: a mapping's text": (
        lambda: simulate(SMALL, "crisp_stc", mapping={"gemm": 5}),
        "mapping: expected text, got 5",
    ),
    "load_machine: a machine": (
        lambda: load_machine(load_machine("dense_tc")),
        "machine: expected text or a path",
    ),
    "load_machine: none": (lambda: load_machine(None), "machine: expected text or a path, got NoneType"),
    "load_machine: overrides": (
        lambda: load_machine("dense_tc", "word_bytes=2"),
        "overrides: expected dotted paths",
    ),
    "load_machine: a key": (
        lambda: load_machine("dense_tc", {3: 4}),
        "overrides: expected keys that are text, got 3",
    ),
    "load_machine: a value": (
        lambda: load_machine("dense_tc", {"word_bytes": {2}}),
        "overrides: word_bytes: expected a number, text, a list or a mapping, got a set",
    ),
    "load_energy": (lambda: load_energy(5), "energy: expected text or a path, got int"),
    "load_sweep": (lambda: load_sweep(["a"]), "sweep: expected text or a path, got list"),
    "dram_stream": (lambda: dram_stream(5, [0]), "dram: expected text or a path, got int"),
    "simulate: engine": (lambda: simulate(SMALL, "crisp_stc", engine=5), "engine: expected a str, got 5"),
    "dram_stream: addresses": (
        lambda: dram_stream("hbm2", [[1], [2, 3]]),
        "addresses: expected an array or tensor of numbers, got [[1], [2, 3]]",
    ),
    "compare": (lambda: compare([("a", SMALL, 3.5)]), "machine: expected a Machine"),
    "trace_layer": (
        lambda: trace_layer(SMALL, "crisp_stc"),
        "layer: expected a MaskedLayer, as a workload's layers",
    ),
    "load_network": (lambda: load_network(Network("n", ())), "network: expected text or a path, got Network"),
    "load_workload": (
        lambda: load_workload(load_network(NET)),
        "source: expected text or a path, got Network",
    ),
    "load_workload: bytes": (
        lambda: load_workload(b"resnet50"),
        "source: expected text or a path, got bytes",
    ),
    "load_workload: pattern": (
        lambda: load_workload(NET, parse_pattern("nm(2:4)")),
        "pattern: expected text, got a Pattern",
    ),
    "MaskedLayer: layer": (
        lambda: MaskedLayer("fc", KeepMask.ones(2, 2)),
        "layer: expected a Layer, got 'fc'",
    ),
    "MaskedLayer: mask": (
        lambda: MaskedLayer(Layer.linear("fc", 2, 2), np.ones((2, 2))),
        "fc: mask: expected a KeepMask, as KeepMask.from_weight gives it, got a",
    ),
    "MaskedLayer: activations": (
        lambda: MaskedLayer(Layer.linear("fc", 2, 2), KeepMask.ones(2, 2), 0.5),
        "fc: activations: expected some of workloads.activations, got 0.5",
    ),
    "Workload": (
        lambda: Workload("w", SMALL.layers[0]),
        "w: layers: expected some MaskedLayer, got a MaskedLayer",
    ),
    "Workload: layers": (
        lambda: Workload("w", [Layer.linear("fc", 2, 2)]),
        "w: layers: expected a MaskedLayer",
    ),
    "KeepMask": (lambda: KeepMask([[1]], 1), "mask: words: expected an ndarray, got [[1]]"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_type_is_a_type_error_in_words(name):
    call, message = CALLS[name]
    with pytest.raises(TypeError) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: simulate(SMALL, "crisp_stk"),
            "machine: expected a known name or a .yaml file, got 'crisp_stk'; did",
        ),
        (lambda: simulate(SMALL, "crisp_stc", engine="5"), "engine: expected a known one, got '5'"),
        (lambda: load_machine("x\0y.yaml"), "machine: expected a path, got 'x\\x00y.yaml'"),
        (lambda: load_machine("\ud800.yaml"), "machine: expected a path, got '\\ud800.yaml'"),
        (lambda: load_machine(""), "machine: expected a path, got ''"),
        (
            lambda: load_machine("dense_tc", {"array.row": 3}),
            "overrides: array: expected a known key, got 'row'",
        ),
        (lambda: load_workload(NET, batch=True), "batch: expected a whole number of at least 1, got True"),
        (lambda: load_workload(NET, batch=2.0), "batch: expected a whole number of at least 1, got 2.0"),
        (lambda: load_workload(NET, seed="1"), "seed: expected a whole number of at least 0, got '1'"),
        (lambda: load_workload(NET, batch=10**5000), "conv1: batch: expected at most 1,099,511,627,776, got"),
        (lambda: load_workload(NET, activation_density="x"), "activation_density: expected 0 to 1, got 'x'"),
        (
            lambda: gemm_workload("3", 4, 5),
            "gemm: out_channels: expected a whole number of at least 1, got '3'",
        ),
        (lambda: gemm_workload(3, 4, 5, name=7), "layer: name: expected printable text, got 7"),
        (lambda: KeepMask.ones(0, 5), "mask: m_dim: expected a whole number from 1 to 1099511627776, got 0"),
        (lambda: family_names(5), "family: expected a known one, got 5"),
        (lambda: at_sparsity([], None, "0.9"), "sparsity: expected 0 to below 1, got '0.9'"),
        (lambda: at_sparsity([], None, np.float32(1)), "sparsity: expected 0 to below 1, got 1.0"),
        (
            lambda: Uniform("x").check(SMALL.layers[0].layer),
            "gemm: activation_density: expected 0 to 1, got 'x'",
        ),
        (
            lambda: PerChannel((0.5, None)).check(Layer.linear("a", 2, 2)),
            "a: activation_density: channel 1: expected 0 to 1, got None",
        ),
        (lambda: Workload("w", ()), "w: layers: expected at least one, got none"),
        (lambda: list(verify("crisp_stc", 0)), "cases: expected a whole number of at least 1, got 0"),
    ],
)
def test_a_wrong_value_is_an_input_error_of_one_line(call, message):
    said = refusal(call)
    assert said.startswith(message)
    assert "--set" not in said
