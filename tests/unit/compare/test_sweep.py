"""A sweep runs each point of its grid once, in order, and its table says what each gave."""

import json

import pandas as pd
import pytest
from refusals import with_one_changed
from small_sweeps import WIDE, run

from accel_sim import load_machine, simulate
from accel_sim.compare import sweep
from accel_sim.compare.finished import DONE
from workloads import load_workload


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


def test_a_varied_list_is_text_in_the_table(file, tmp_path):
    lists = "array.weight_sparsity: [[], [{n_keep: 2, m_group: 4}]]"
    text = with_one_changed(file.read_text(), "array.rows: [8, 16]", lists)
    file.write_text(with_one_changed(text, ", mine.yaml", ""))
    table = run(file, tmp_path / "out")
    assert set(table["array.weight_sparsity"]) == {"[]", '[{"n_keep": 2, "m_group": 4}]'}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_point_that_fits_nowhere_is_a_row_with_its_reason(file, tmp_path, calls, jobs):
    bandwidths, sizes = "dram.bandwidth_bytes_per_cycle: [16, 32, 64]", "smem.capacity_bytes: [128, 262144]"
    file.write_text(with_one_changed(file.read_text(), bandwidths, sizes))
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


def test_a_grid_over_models_of_dram_runs_what_fits_together(tmp_path, write):
    file = write(f"dram.model: [simple, banked]\ndram.device: [hbm2, ddr4_2400]\n{WIDE}")
    table = run(file, tmp_path / "out")
    assert table["dram.model"].tolist() == ["simple", "simple", "banked", "banked"]
    assert (table["error"] != "").tolist() == [True, True, False, False]
    assert table["error"][0].endswith("dram.device is of dram.model=banked, which has to be set beside it")
    assert f"{file}:5: vary: dram: " in table["error"][0]
    assert table["cycles"][2] != table["cycles"][3]


def test_what_is_wrong_in_combination_cites_the_sweep_and_not_the_machine(tmp_path, write):
    file = write("array.lanes: [2, 32]\nsmem.capacity_bytes: [262144, 1000]")
    reasons = run(file, tmp_path / "out")["error"].tolist()
    assert [bool(reason) for reason in reasons] == [True, True, False, True]
    assert reasons[0].startswith(f"{file}:4: vary: array: expected lanes >= n_keep, got 2 lanes")
    assert reasons[3].startswith(f"{file}:5: vary: smem: expected banks that divide capacity_bytes=1000")
    assert not any("hw_configs" in reason for reason in reasons)
