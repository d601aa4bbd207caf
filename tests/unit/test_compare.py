"""A comparison: one row a pair, ratios to the first."""

import pandas as pd
import pytest

from accel_sim import load_machine, simulate
from accel_sim.compare import compare, with_ratios
from workloads import gemm_workload

DENSE = gemm_workload(64, 256, 300, name="g")
SPARSE = gemm_workload(64, 256, 300, [[1, 0, 0, 0] * 64] * 64, name="g")


def test_a_comparison_has_the_totals_of_each_run_in_the_order_given():
    machines = [load_machine("dense_tc"), load_machine("crisp_stc")]
    table, layers = compare([("dense", DENSE, machines[0]), ("1:4", SPARSE, machines[1])])
    assert list(table["label"]) == ["dense", "1:4"]
    assert list(layers) == ["dense on dense_tc", "1:4 on crisp_stc"]
    for row, workload, machine in zip(table.to_dict("records"), (DENSE, SPARSE), machines, strict=True):
        for name, value in simulate(workload, machine).summary().items():
            assert row[name] == value
    for frame, total in zip(layers.values(), table["cycles"], strict=True):
        assert frame["cycles"].sum() == total


def test_the_first_row_is_one_and_a_faster_one_is_larger():
    table, _ = compare(
        [("dense", DENSE, load_machine("dense_tc")), ("1:4", SPARSE, load_machine("crisp_stc"))]
    )
    assert table.loc[0, ["speedup", "energy_ratio"]].tolist() == [1, 1]
    assert table["speedup"][1] == table["seconds"][0] / table["seconds"][1] > 1
    assert table["energy_ratio"][1] == table["energy_pj"][0] / table["energy_pj"][1] > 1


def test_speed_is_time_and_not_cycles():
    slow = load_machine("dense_tc", {"clock_hz": 5e8})
    table, _ = compare([("slow", DENSE, slow), ("fast", DENSE, load_machine("dense_tc"))])
    assert table["cycles"][0] == table["cycles"][1]
    assert table["speedup"].tolist() == pytest.approx([1, 2])


def test_ratios_divide_the_first_row_by_each():
    table = pd.DataFrame({"seconds": [8.0, 2.0, 16.0], "energy_pj": [6.0, 3.0, 12.0]})
    assert with_ratios(table)["speedup"].tolist() == [1, 4, 0.5]
    assert with_ratios(table)["energy_ratio"].tolist() == [1, 2, 0.5]
