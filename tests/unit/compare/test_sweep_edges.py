"""Sweeps at their edges: huge, infeasible, interrupted, from another folder."""

import errno
import json
import os
import shutil
import signal
from itertools import islice

import numpy as np
import pandas as pd
import pytest
from refusals import refusal
from whole_machine import whole_text

from accel_sim import load_machine
from accel_sim.compare import grid, sweep
from accel_sim.compare.finished import DONE
from accel_sim.compare.grid import load_sweep
from accel_sim.compare.sweep import run_sweep
from accel_sim.machine.shipped import config_folder
from workloads import KeepMask, Layer
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact
from workloads.inputs import locked
from workloads.network import write_layers

TEXT = "workloads: [{network: net.csv}]\nmachines: [crisp_stc]\nvary:\n"
WIDE = "smem.bandwidth_bytes_per_cycle: [512]\nsmem.banks.count: [128]"  # as wide as a stack of HBM2


@pytest.fixture
def write(tmp_path):
    """A sweep file over a network that lies beside it, with the given lines of ``vary``."""
    write_layers(tmp_path / "net.csv", [Layer.linear("a", 64, 40)], "test")

    def write_file(vary: str, text: str = TEXT):
        (tmp_path / "sweep.yaml").write_text(text + "".join(f"  {line}\n" for line in vary.splitlines()))
        return tmp_path / "sweep.yaml"

    return write_file


def run(file, folder, jobs=1) -> pd.DataFrame:
    return run_sweep(load_sweep(file), folder, jobs, lambda _: None)


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


def artifact(path, layer):
    values = np.ones(layer.m_dim * layer.k_dim, np.float32)
    item = PrunedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim), values)
    write_artifact(path, PrunedNetwork("n", (item,)))


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


def test_a_path_given_beside_a_machine_starts_where_the_process_stands(tmp_path, monkeypatch):
    prices = (config_folder("energy") / "sparseloop_45nm.yaml").read_text()
    (tmp_path / "cheap.yaml").write_text(prices.replace("mac: 0.5608", "mac: 0.25"))
    monkeypatch.chdir(tmp_path)
    machine = load_machine("crisp_stc", {"energy": "cheap.yaml"})
    assert machine.energy_per_action_pj["mac"] == 0.25


def test_a_changed_dram_file_runs_its_points_again(tmp_path, write):
    device = (config_folder("dram") / "hbm2.yaml").read_text()
    file = write(f"dram.model: [banked]\ndram.device: [d.yaml]\n{WIDE}")
    keys = []
    for latency in (14, 15):
        (tmp_path / "d.yaml").write_text(device.replace("cl: 14", f"cl: {latency}"))
        keys += [point.key for point in load_sweep(file)]
    assert device.count("cl: 14") == 1
    assert keys[0] != keys[1]


def test_a_grid_over_models_of_dram_runs_what_fits_together(tmp_path, write):
    file = write(f"dram.model: [simple, banked]\ndram.device: [hbm2, ddr4_2400]\n{WIDE}")
    table = run(file, tmp_path / "out")
    assert table["dram.model"].tolist() == ["simple", "simple", "banked", "banked"]
    assert (table["error"] != "").tolist() == [True, True, False, False]
    assert table["error"][0].endswith("dram.device is of dram.model=banked, which has to be set beside it")
    assert f"{file}:5: vary: dram: " in table["error"][0]
    assert table["cycles"][2] != table["cycles"][3]


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


def test_what_is_wrong_in_combination_cites_the_sweep_and_not_the_machine(tmp_path, write):
    file = write("array.lanes: [2, 32]\nsmem.capacity_bytes: [262144, 1000]")
    reasons = run(file, tmp_path / "out")["error"].tolist()
    assert [bool(reason) for reason in reasons] == [True, True, False, True]
    assert reasons[0].startswith(f"{file}:4: vary: array: expected lanes >= n_keep, got 2 lanes")
    assert reasons[3].startswith(f"{file}:5: vary: smem: expected banks that divide capacity_bytes=1000")
    assert not any("hw_configs" in reason for reason in reasons)


def test_a_full_disk_is_one_line_and_leaves_whole_points(tmp_path, write, monkeypatch):
    file = write("array.rows: [4, 8, 16, 32]")
    really, room = os.write, [2]

    def full(handle: int, data: bytes) -> int:
        if b'{"key"' not in data[:10]:
            return really(handle, data)
        room[0] -= 1
        if room[0] >= 0:
            return really(handle, data)
        really(handle, data[:100])  # what still finds room
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("accel_sim.compare.finished.os.write", full)
        message = refusal(run, file, tmp_path / "out")
    assert f"{tmp_path / 'out' / DONE}: expected a file that can be written, got: No space left" in message
    log = (tmp_path / "out" / DONE).read_text()
    assert log.count("\n") == 2
    assert [list(json.loads(line)) for line in log.splitlines()] == [["key", "row"]] * 2
    assert not (tmp_path / "out" / "results.csv").exists()
    pd.testing.assert_frame_equal(run(file, tmp_path / "out"), run(file, tmp_path / "fresh"))


@pytest.mark.parametrize(
    ("line", "what"),
    [(b"\xff\xfe", "no UTF-8"), (b"{", "something else"), (b"[]", "something else"), (b"", "something else")],
)
def test_a_broken_line_among_finished_points_is_named(tmp_path, write, line, what):
    file = write("array.rows: [4, 8, 16]")
    run(file, tmp_path / "out")
    log = tmp_path / "out" / DONE
    lines = log.read_bytes().splitlines()
    broken = b"\n".join((lines[0], line, *lines[2:])) + b"\n"
    log.write_bytes(broken)
    message = refusal(run, file, tmp_path / "out")
    assert f"{log}:2: expected a finished point, as sweep writes them, got {what}" in message
    assert log.read_bytes() == broken
    log.write_bytes(b"\n".join((lines[0], *lines[2:])) + b"\n")
    assert len(run(file, tmp_path / "out")) == 3


def killed(place, point):
    """Stands for a point whose process the system kills."""
    if place == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return sweep._Outcome(place, point.key, {"error": "", "machine": "m"})


def test_a_killed_process_is_one_line_and_what_is_done_is_kept(tmp_path, write, monkeypatch):
    file = write("array.rows: [4, 8, 16, 32]")
    run(write("array.rows: [32]"), tmp_path / "out")
    file = write("array.rows: [4, 8, 16, 32]")
    before = (tmp_path / "out" / DONE).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "_run_point", killed)
        message = refusal(run, file, tmp_path / "out", 2)
    assert "out: expected processes that live to the end, got one that was killed" in message
    assert (tmp_path / "out" / DONE).read_bytes().startswith(before)
    assert len(run(file, tmp_path / "out")) == 4


def test_a_folder_belongs_to_one_sweep_at_a_time(tmp_path, write):
    file = write("array.rows: [4]")
    with locked(tmp_path / "out"):
        assert (
            f"out: expected an output that no other run is writing, got one that process {os.getpid()}"
            in (refusal(run, file, tmp_path / "out"))
        )
    assert len(run(file, tmp_path / "out")) == 1
