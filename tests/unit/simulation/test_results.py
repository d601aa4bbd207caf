"""A result's totals are those of its layers, and its files read back."""

import json
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from refusals import refusal_of_file

from accel_sim import counters as c
from accel_sim import load_machine, simulate
from accel_sim.columns import LAYERS as COLUMNS
from accel_sim.columns import TEXT
from accel_sim.columns.bound import binding_resource
from accel_sim.report.files import read_table, save_json, save_table
from workloads import KeepMask, Layer, MaskedLayer, Workload, gemm_workload
from workloads.activations import Uniform
from workloads.inputs import InputError

LAYERS = (
    Layer("conv", "conv", 16, 32, 12, 12, 3, 3, padding_h=1, padding_w=1),
    Layer("dw", "conv", 32, 32, 12, 12, 3, 3, groups=32),
    Layer.linear("fc", 512, 100),
)

TEXTS = {column.name for column in COLUMNS if column.unit == TEXT}


class Counts(NamedTuple):
    """What decides which resource binds."""

    compute_cycles: int
    stall_imbalance_cycles: int
    smem_busy_cycles: int
    dram_busy_cycles: int


def workload(layers=LAYERS) -> Workload:
    items = tuple(MaskedLayer(x, KeepMask.ones(x.m_dim, x.k_dim), Uniform(0.5)) for x in layers)
    return Workload("net", items, "by hand")


@pytest.fixture(scope="module")
def result():
    return simulate(workload(), load_machine("dense_tc"))


def test_one_row_a_layer_with_every_counter_and_every_component(result):
    table = result.layers
    assert list(table["layer"]) == ["conv", "dw", "fc"]
    assert list(table) == [column.name for column in COLUMNS]
    assert {*c.NAMES, *(f"energy_{part}_pj" for part in c.COMPONENTS)} <= set(table.columns)
    assert not table.isna().any().any()
    assert all(pd.api.types.is_numeric_dtype(table[name]) for name in table if name not in TEXTS)


def test_totals_are_sums_over_layers(result):
    total, layers = result.summary(), result.layers
    for name in c.NAMES:
        assert total[name] == sum(layers[name].tolist())
    assert (total["cycles"], total["macs"]) == (result.cycles, result.macs)
    assert total["density"] == 1
    assert result.energy_pj == pytest.approx(
        sum(total[f"energy_{part}_pj"] for part in c.COMPONENTS), rel=1e-12
    )


def test_layers_run_one_after_another_and_know_nothing_of_each_other(result):
    backwards = simulate(workload(LAYERS[::-1]), load_machine("dense_tc"))
    expected = result.layers.iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(backwards.layers, expected)


def test_seconds_and_the_energy_delay_product_follow_the_clock(result):
    slow = simulate(workload(), load_machine("dense_tc", {"clock_hz": 1e6}))
    assert slow.cycles == result.cycles
    assert slow.seconds == slow.cycles / 1e6
    assert slow.edp_js == pytest.approx(1000 * result.edp_js)


def test_utilisation_is_effectual_macs_over_all_multipliers_and_cycles(result):
    macs, cycles = sum(layer.macs for layer in LAYERS), result.layers["cycles"].sum()
    assert result.utilisation == macs / (1024 * cycles)
    row = result.layers.iloc[2]
    assert row["utilisation"] == LAYERS[2].macs / (1024 * row["cycles"])


def test_the_bound_is_the_resource_that_is_busy_for_longest():
    """Rule 36."""
    counts = Counts(6, 5, 10, 9), Counts(6, 0, 10, 9), Counts(6, 0, 7, 9), Counts(7, 0, 6, 5)
    assert [binding_resource(one) for one in counts] == ["compute", "smem", "dram", "compute"]


def test_the_bound_of_a_run_is_that_of_most_of_its_cycles(result):
    layers = result.layers.assign(bound=["smem", "dram", "dram"], cycles=[10, 4, 5])
    assert replace(result, layers=layers).bound == "smem"


def test_a_weak_memory_becomes_the_bound():
    by_dram = simulate(workload(), load_machine("dense_tc", {"dram.bandwidth_bytes_per_cycle": 1}))
    by_smem = simulate(workload(), load_machine("dense_tc", {"smem.bandwidth_bytes_per_cycle": 1}))
    assert (by_dram.bound, by_smem.bound) == ("dram", "smem")


def test_provenance_tells_runs_apart_that_differ_in_a_mask_or_in_the_machine(result):
    one_less = KeepMask.from_dense(np.eye(100, 512) == 0)
    items = (*workload().layers[:2], MaskedLayer(LAYERS[2], one_less))
    other_mask = simulate(Workload("net", items, "by hand"), load_machine("dense_tc"))
    other_machine = simulate(workload(), load_machine("dense_tc", {"dram.latency_cycles": 1}))
    texts = {json.dumps(r.provenance, sort_keys=True) for r in (result, other_mask, other_machine)}
    assert len(texts) == 3
    again = simulate(workload(), load_machine("dense_tc"))
    assert again.provenance == result.provenance


def test_tables_on_disk_read_back_and_agree(tmp_path, result):
    save_table(tmp_path / "new", "layers", result.layers)
    by_csv, by_parquet = (read_table(tmp_path / "new" / f"layers.{ext}") for ext in ("csv", "parquet"))
    pd.testing.assert_frame_equal(by_parquet, result.layers)
    pd.testing.assert_frame_equal(by_csv, result.layers, check_exact=True)


def test_json_on_disk_is_the_data(tmp_path, result):
    save_json(tmp_path / "summary.json", result.summary())
    assert json.loads((tmp_path / "summary.json").read_text()) == result.summary()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no.csv", None, "expected a result table (.csv or .parquet), got no such file"),
        ("empty.csv", b"", "expected a result table, got: No columns"),
        ("header.csv", b"a,b\n", "expected a result table, got one without rows"),
        ("binary.csv", b"\xff\xfe\x00", "expected a result table, got:"),
        ("broken.parquet", b"PAR1 and no more", "expected a result table, got:"),
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert refusal_of_file(read_table, tmp_path / name).startswith(f"{name}: {message}")


def test_a_place_that_cannot_be_written_is_named(tmp_path, result):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="expected a place that can be written"):
        save_table(tmp_path / "file", "layers", result.layers)
    assert (tmp_path / "file").read_text() == "in the way"


def test_provenance_holds_the_numbers_of_a_banked_dram():
    run = simulate(gemm_workload(8, 8, 8), load_machine("crisp_stc_lpddr4"))
    assert run.provenance["dram"]["timing"]["trcd"] == 15
    assert simulate(gemm_workload(8, 8, 8), load_machine("crisp_stc")).provenance["dram"] is None
