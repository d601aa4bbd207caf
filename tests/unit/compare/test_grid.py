"""The points of a sweep's file: what tells them apart, and what is wrong with one."""

import shutil
from itertools import islice

import numpy as np
import pytest
from refusals import refusal, with_one_changed
from small_sweeps import WIDE, run
from whole_machine import whole_text

from accel_sim import load_machine
from accel_sim.compare import grid, sweep
from accel_sim.compare.grid import load_sweep
from accel_sim.machine.shipped import config_folder, config_names
from workloads import KeepMask, Layer, load_workload
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact
from workloads.network import write_layers


def artifact(path, layer, activation_keep=None):
    ones = KeepMask.ones(layer.m_dim, layer.k_dim)
    masked = PrunedLayer(layer, ones, np.ones(ones.kept, np.float32), activation_keep=activation_keep)
    write_artifact(path, PrunedNetwork("n", (masked,)))


@pytest.mark.parametrize("name", config_names("sweeps"))
def test_a_shipped_sweep_has_points(name):
    points = list(load_sweep(name))
    assert len({point.key for point in points}) == len(points) >= 60


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("vary:", "varied:", "sweep.yaml:5: expected a known key, got 'varied'; did you mean 'vary'?"),
        (
            "seed: 3",
            "sed: 3",
            "sweep.yaml:3: workloads.1: expected a known key, got 'sed'; did you mean 'seed'?",
        ),
        ("seed: 3", "seed: -3", "sweep.yaml:3: workloads.1.seed: expected a number of at least 0, got -3"),
        (
            "seed: 3",
            "activation_density: 1.5",
            "sweep.yaml:3: workloads.1.activation_density: expected a number of at most 1, got 1.5",
        ),
        ("nm(2:4)", "mn(2:4)", "sweep.yaml:3: workloads.1: pattern: expected a known name, got 'mn'"),
        ("net.csv, pattern", "no.csv, pattern", "no.csv: expected a network table (.csv), got no such file"),
        (
            "seed: 3",
            "file: x",
            "sweep.yaml:3: workloads.1: expected either network or file, got both or neither",
        ),
        (
            "nvidia_stc",
            "nvidia",
            "sweep.yaml:4: machines.0: machine: expected a known name or a .yaml file, got 'nvidia'",
        ),
        ("array.rows", "array.row", "sweep.yaml:6: vary: array: expected a known key, got 'row'"),
        ("[8, 16]", "[8, -16]", "sweep.yaml:6: vary: array.rows: expected a number of at least 1, got -16"),
        (
            "[8, 16]",
            "[8,\n  -16]",
            "sweep.yaml:7: vary: array.rows: expected a number of at least 1, got -16",
        ),
        ("[8, 16]", "[8, 2:4]", "sweep.yaml:6: vary: array.rows: expected a whole number, got '2:4' (text)"),
        ("[8, 16]", "8", "sweep.yaml:6: vary.array.rows: expected a list, got 8"),
        ("[8, 16]", "[]", "expected at least one value for array.rows, got none"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_runs(file, old, new, message):
    file.write_text(with_one_changed(file.read_text(), old, new))
    assert message in refusal(load_sweep, file)


def test_real_activations_tell_points_apart(tmp_path):
    (tmp_path / "s.yaml").write_text(f"workloads: [{{file: {tmp_path}/n.safetensors}}]\nmachines: [dense_tc]")
    keys = []
    for row in ([1, 0] * 4, [0, 1] * 4):
        artifact(tmp_path / "n.safetensors", Layer.linear("fc", 8, 4), KeepMask.from_dense([row]))
        grid._loaded.cache_clear()  # a process reads a file once
        keys += [point.key for point in load_sweep(tmp_path / "s.yaml")]
    assert keys[0] != keys[1]


def test_networks_of_equal_names_and_masks_and_different_sizes_are_different_points(tmp_path):
    """A mask is m x k: it knows nothing of images, strides, padding and batch."""
    (tmp_path / "s.yaml").write_text(
        f"workloads: [{{network: {tmp_path}/net.csv}}]\nmachines: [dense_tc]\nvary: {{clock_hz: [1.0e9]}}"
    )
    plain = {"in_h": 9, "in_w": 9, "kernel_h": 3, "kernel_w": 3}
    sizes = [{}, {"in_h": 11}, {"in_w": 7}, {"stride_h": 2}, {"padding_w": 1}, {"dilation_h": 2}]
    keys, masks, cycles = [], set(), set()
    for changed in sizes:
        write_layers(tmp_path / "net.csv", [Layer("c", "conv", 8, 40, **{**plain, **changed})], "test")
        grid._loaded.cache_clear()  # a process reads a file once
        (point,) = load_sweep(tmp_path / "s.yaml")
        keys.append(point.key)
        masks.add(load_workload(tmp_path / "net.csv").masks_hash)
        cycles.add(sweep.run_point(point)["cycles"])
    assert len(masks) == 1
    assert len(set(keys)) == len(sizes)
    assert len(cycles) > 1


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        (
            "dram.modl: [simple]",
            "sweep.yaml:4: vary: dram: expected a known key, got 'modl'; did you mean 'model'",
        ),
        (
            "dram.model: [banked, bankd]",
            "sweep.yaml:4: vary: dram.model: expected a known value, got 'bankd'; did you",
        ),
        ("dram.model: [banked]\ndram.device: [hbm2, hbm]", "sweep.yaml:5: vary: dram: expected a known name"),
        ("energy: [no.yaml]", "sweep.yaml:4: vary: "),
        ("array.rows: [4,\n    0]", "sweep.yaml:5: vary: array.rows: expected a number of at least 1, got 0"),
    ],
)
def test_a_value_that_is_wrong_by_itself_is_refused_with_its_line(write, vary, message):
    assert message in refusal(load_sweep, write(vary))


def test_a_million_points_are_made_as_they_are_asked_for(write, monkeypatch):
    numbers = ", ".join(str(n) for n in range(1, 101))
    fields = ("array.rows", "dram.bandwidth_bytes_per_cycle", "dram.latency_cycles")
    file = write("\n".join(f"{field}: [{numbers}]" for field in fields))
    built = []
    really = grid.build_machine
    monkeypatch.setattr(grid, "build_machine", lambda *words: (built.append(1), really(*words))[1])
    points = load_sweep(file)
    assert len(points) == 1_000_000
    assert len(built) == 1 + 3 * 100  # each value once, and the machine as it is
    first, second = islice(iter(points), 2)
    assert len(built) == 1 + 3 * 100 + 2
    assert (first.overrides["dram.latency_cycles"], second.overrides["dram.latency_cycles"]) == (1, 2)


def test_more_than_a_million_points_want_a_yes(write):
    numbers = ", ".join(str(n) for n in range(1, 1002))
    file = write(f"dram.latency_cycles: [{numbers}]\ndram.burst_bytes: [{numbers}]")
    message = (
        "sweep.yaml:3: vary: expected at most 1,000,000 points, got 1,002,001; --yes runs them all the same"
    )
    assert message in refusal(load_sweep, file)
    assert len(load_sweep(file, any_size=True)) == 1_002_001


def test_paths_start_from_the_file_that_they_stand_in(tmp_path, write, monkeypatch):
    inner = tmp_path / "machines"
    inner.mkdir()
    for kind, name in (("energy", "sparseloop_45nm"), ("dram", "hbm2")):
        shutil.copy(config_folder(kind) / f"{name}.yaml", inner / f"my_{name}.yaml")
    text = whole_text("crisp_stc_hbm2")
    text = text.replace("energy: sparseloop_45nm", "energy: my_sparseloop_45nm.yaml")
    text = text.replace("device: hbm2", "device: my_hbm2.yaml")
    assert text.count("my_") == 2
    (inner / "mine.yaml").write_text(text)
    shutil.copy(inner / "my_sparseloop_45nm.yaml", tmp_path / "prices.yaml")
    artifact(tmp_path / "n.safetensors", Layer.linear("a", 64, 40))
    file = write(
        "energy: [prices.yaml, sparseloop_45nm]\ndram.device: [machines/my_hbm2.yaml, hbm2]",
        "workloads: [{network: net.csv}, {file: n.safetensors}]\nmachines: [machines/mine.yaml]\nvary:\n",
    )
    (tmp_path / "elsewhere").mkdir()
    for place in (tmp_path, tmp_path / "elsewhere"):
        monkeypatch.chdir(place)
        assert load_machine(inner / "mine.yaml").energy_per_action_pj["mac"] > 0
        assert (run(file, place / "out")["error"] == "").all()
    text = (tmp_path / "out" / "results.csv").read_text()
    assert text == (tmp_path / "elsewhere" / "out" / "results.csv").read_text()
    assert (run(file, tmp_path / "out")["cycles"].groupby(level=0).sum() > 0).all()


def test_geometry_tells_networks_of_equal_masks_apart(tmp_path, write):
    file = write("", "workloads: [{file: n.safetensors}]\nmachines: [dense_tc]\n")
    keys, cycles = set(), set()
    for size, stride in ((8, 1), (16, 1), (16, 2)):
        layer = Layer("c", "conv", 16, 16, size, size, 3, 3, stride, stride, 1, 1)
        artifact(tmp_path / "n.safetensors", layer)
        grid._loaded.cache_clear()  # a process reads a file once
        keys |= {point.key for point in load_sweep(file)}
        cycles |= set(run(file, tmp_path / "out")["cycles"])
    assert (len(keys), len(cycles)) == (3, 3)


def test_a_changed_dram_file_runs_its_points_again(tmp_path, write):
    device = (config_folder("dram") / "hbm2.yaml").read_text()
    file = write(f"dram.model: [banked]\ndram.device: [d.yaml]\n{WIDE}")
    keys = []
    for latency in (14, 15):
        (tmp_path / "d.yaml").write_text(device.replace("cl: 14", f"cl: {latency}"))
        keys += [point.key for point in load_sweep(file)]
    assert device.count("cl: 14") == 1
    assert keys[0] != keys[1]
