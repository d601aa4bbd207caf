"""A sweep runs each point of its grid once, in order, and goes on after a kill."""

import json

import numpy as np
import pandas as pd
import pytest
from refusals import refusal, with_one_wrong
from whole_machine import whole_text

from accel_sim import load_machine, simulate
from accel_sim.compare import grid, sweep
from accel_sim.compare.finished import DONE
from accel_sim.compare.sweep import load_sweep, run_sweep
from accel_sim.machine.shipped import config_folder, config_names
from workloads import KeepMask, Layer, load_workload
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact
from workloads.network import write_layers

TEXT = """\
workloads:
  - {network: NET}
  - {network: NET, pattern: "nm(2:4)", seed: 3}
machines: [nvidia_stc, MACHINE]
vary:
  array.rows: [8, 16]
  dram.bandwidth_bytes_per_cycle: [16, 32, 64]
"""


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def file(tmp_path):
    write_layers(tmp_path / "net.csv", [Layer.linear("a", 64, 40), Layer.linear("b", 40, 10)], "test")
    machine = whole_text("dense_tc").replace("cores: 4", "cores: 4  # side by side")
    (tmp_path / "mine.yaml").write_text(machine.replace("name: dense_tc", "name: mine"))
    text = TEXT.replace("NET", str(tmp_path / "net.csv")).replace("MACHINE", str(tmp_path / "mine.yaml"))
    (tmp_path / "sweep.yaml").write_text(text)
    return tmp_path / "sweep.yaml"


@pytest.fixture
def calls(monkeypatch):
    """The points that really run; ``calls.most`` of them, then the process dies."""

    class Calls(list):
        most = 1000

    made, run_point = Calls(), sweep.run_point

    def counted(point):
        if len(made) == made.most:
            raise Killed
        made.append(point)
        return run_point(point)

    monkeypatch.setattr(sweep, "run_point", counted)
    return made


def run(file, folder, jobs=1) -> pd.DataFrame:
    return run_sweep(load_sweep(file), folder, jobs, lambda _: None)


def test_the_grid_is_workloads_then_machines_then_fields_the_last_fastest(file, tmp_path):
    table = run(file, tmp_path / "out")
    found = table[["pattern", "seed", "machine", "array.rows", "dram.bandwidth_bytes_per_cycle"]]
    expected = [
        (pattern, seed, machine, rows, bandwidth)
        for pattern, seed in (("", 0), ("nm(2:4)", 3))
        for machine in ("nvidia_stc", "mine")
        for rows in (8, 16)
        for bandwidth in (16, 32, 64)
    ]
    assert list(found.itertuples(index=False, name=None)) == expected


def test_a_point_alone_gives_the_same_figures(file, tmp_path):
    row = run(file, tmp_path / "out").iloc[16].to_dict()
    overrides = {k: row[k] for k in ("array.rows", "dram.bandwidth_bytes_per_cycle")}
    alone = simulate(
        load_workload(tmp_path / "net.csv", row["pattern"], row["seed"]),
        load_machine("nvidia_stc", overrides),
    )
    for name, value in alone.summary().items():
        assert row[name] == value, name
    assert row["multipliers"] == alone.multipliers


def test_tables_on_disk_are_the_table(file, tmp_path):
    table = run(file, tmp_path / "out")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out" / "results.parquet"), table)
    by_csv = pd.read_csv(tmp_path / "out" / "results.csv", keep_default_na=False)
    pd.testing.assert_frame_equal(by_csv, table, check_dtype=False, check_exact=True)


def test_several_processes_give_the_bytes_of_one(file, tmp_path):
    run(file, tmp_path / "one")
    run(file, tmp_path / "two", jobs=2)
    for name in ("results.csv", "results.parquet", "sweep.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    one, two = ((tmp_path / folder / DONE).read_text().splitlines() for folder in ("one", "two"))
    assert sorted(one) == sorted(two)  # several processes write a point when it ends


@pytest.mark.parametrize("finished", [0, 1, 7, 23])
def test_after_a_kill_only_the_missing_points_run(file, tmp_path, calls, finished):
    calls.most = finished
    with pytest.raises(Killed):
        run(file, tmp_path / "out")
    assert not (tmp_path / "out" / "results.csv").exists()
    calls.clear()
    calls.most = 1000
    table = run(file, tmp_path / "out")
    assert len(calls) == 24 - finished
    pd.testing.assert_frame_equal(table, run(file, tmp_path / "fresh"))


def test_a_finished_sweep_runs_nothing_and_says_that_all_is_done(file, tmp_path, calls):
    run(file, tmp_path / "out")
    before = (tmp_path / "out" / "results.csv").read_bytes()
    calls.clear()
    told = []
    run_sweep(load_sweep(file), tmp_path / "out", 1, told.append)
    assert (len(calls), told) == (0, [24])
    assert (tmp_path / "out" / "results.csv").read_bytes() == before


@pytest.mark.parametrize("cut", [1, 30, 10_000])
def test_a_last_line_that_was_cut_costs_its_own_point_and_no_other(file, tmp_path, calls, cut):
    run(file, tmp_path / "out")
    log = tmp_path / "out" / DONE
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:5]) + lines[5][:-cut])
    calls.clear()
    whole = 6 if cut == 1 else 5  # the newline alone is missing
    run(file, tmp_path / "out")
    assert len(calls) == 24 - whole
    run(file, tmp_path / "out")
    assert len(calls) == 24 - whole


@pytest.mark.parametrize(
    ("name", "old", "new", "again"),
    [
        ("mine.yaml", "latency_cycles: 100", "latency_cycles: 101", 12),
        ("net.csv", "64,40", "68,40", 24),
        ("sweep.yaml", "seed: 3", "seed: 4", 12),
        ("sweep.yaml", "seed: 3", "seed: 3, activation_density: 0.5", 12),
        ("sweep.yaml", "[8, 16]", "[8, 16, 32]", 12),
        ("sweep.yaml", "[8, 16]", "[16]", 0),
        ("mine.yaml", "# side by side", "# beside each other", 0),
    ],
)
def test_only_points_whose_input_changed_run_again(file, tmp_path, calls, name, old, new, again):
    run(file, tmp_path / "out")
    calls.clear()
    (tmp_path / name).write_text(with_one_wrong((tmp_path / name).read_text(), old, new))
    run(file, tmp_path / "out")
    assert len(calls) == again


def test_a_changed_price_runs_its_points_again(file, tmp_path, calls):
    prices = (config_folder("energy") / "sparseloop_45nm.yaml").read_text()
    (tmp_path / "prices.yaml").write_text(prices)
    machine = (tmp_path / "mine.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(machine.replace("sparseloop_45nm", str(tmp_path / "prices.yaml")))
    before = run(file, tmp_path / "out")
    calls.clear()
    (tmp_path / "prices.yaml").write_text(prices.replace("mac: 0.5608", "mac: 5.608"))
    after = run(file, tmp_path / "out")
    assert len(calls) == 12
    assert ((after["energy_pj"] > before["energy_pj"]) == (after["machine"] == "mine")).all()


def test_a_density_of_activations_is_in_the_table_and_reaches_the_run(file, tmp_path, monkeypatch):
    seen = []
    simulate_really = sweep.simulate
    monkeypatch.setattr(sweep, "simulate", lambda w, m: (seen.append(w), simulate_really(w, m))[1])
    text = file.read_text().replace("{network: ", "{activation_density: 0.25, network: ", 1)
    file.write_text(text)
    table = run(file, tmp_path / "out")
    assert table["activation_density"].fillna(-1).tolist() == [0.25] * 12 + [-1] * 12
    assert [w.layers[1].activation_density for w in seen] == [0.25] * 12 + [1] * 12
    assert [w.layers[0].activation_density for w in seen] == [1] * 24


def test_real_activations_tell_points_apart(tmp_path):
    layer = Layer.linear("fc", 8, 4)
    ones = KeepMask.ones(4, 8)
    (tmp_path / "s.yaml").write_text(f"workloads: [{{file: {tmp_path}/n.safetensors}}]\nmachines: [dense_tc]")
    keys = []
    for row in ([1, 0] * 4, [0, 1] * 4):
        item = PrunedLayer(layer, ones, np.ones(32, np.float32), activation_keep=KeepMask.from_dense([row]))
        write_artifact(tmp_path / "n.safetensors", PrunedNetwork("n", (item,)))
        grid._loaded.cache_clear()  # a process reads a file once
        keys += [point.key for point in load_sweep(tmp_path / "s.yaml")]
    assert keys[0] != keys[1]


def test_a_varied_list_is_text_in_the_table(file, tmp_path):
    text = file.read_text().replace(
        "array.rows: [8, 16]", "array.weight_sparsity: [[], [{n_keep: 2, m_group: 4}]]"
    )
    file.write_text(text.replace(", " + str(tmp_path / "mine.yaml"), ""))
    table = run(file, tmp_path / "out")
    assert set(table["array.weight_sparsity"]) == {"[]", '[{"n_keep": 2, "m_group": 4}]'}


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
    file.write_text(with_one_wrong(file.read_text(), old, new))
    assert message in refusal(load_sweep, file)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_point_that_fits_nowhere_is_a_row_with_its_reason(file, tmp_path, calls, jobs):
    text = file.read_text().replace("dram.bandwidth_bytes_per_cycle: [16, 32, 64]", "WHAT: [128, 262144]")
    file.write_text(text.replace("WHAT", "smem.capacity_bytes"))
    table = run(file, tmp_path / "out", jobs)
    small = table["smem.capacity_bytes"] == 128
    assert (
        table["error"][small].str.contains("mapping: expected tiles that fit smem.capacity_bytes=128").all()
    )
    assert (table["error"][~small] == "").all()
    assert table["cycles"][small].isna().all()
    assert (table["cycles"][~small] > 0).all()
    saved = (tmp_path / "out" / "results.csv").read_text()
    assert f",{table['cycles'].max()}," in saved  # whole numbers stay whole beside rows without
    assert json.loads((tmp_path / "out" / "sweep.json").read_text())["failed"] == small.sum() == 8
    if jobs == 1:
        calls.clear()
        again = run(file, tmp_path / "out", jobs)
        assert not calls
        pd.testing.assert_frame_equal(again, table)


@pytest.mark.parametrize("name", config_names("sweeps"))
def test_a_shipped_sweep_has_points(name):
    points = list(load_sweep(name))
    assert len({point.key for point in points}) == len(points) >= 60


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
