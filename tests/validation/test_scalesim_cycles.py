"""Cycles that SCALE-Sim 3.0.0 printed, from a machine with its array and memory that is never waited for."""

import csv
from pathlib import Path

import pytest

from accel_sim import load_machine, simulate
from workloads import gemm_workload, load_workload

DATA = Path(__file__).parent / "data"
ROWS = [
    row
    for row in csv.DictReader((DATA / "scalesim_cycles.csv").read_text().splitlines()[1:])
    if row["dataflow"] == "weight_stationary"  # the others are not modelled yet
]


def array(rows: int, cols: int) -> dict[str, object]:
    return {"array.rows": rows, "array.cols": cols}


def test_there_are_rows_to_compare_with():
    assert len(ROWS) == 4


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(list(row.values())[:6]))
def test_a_gemm_takes_a_cycle_more_than_scalesim_prints(row):
    """It prints the index of the last cycle (its issue 125)."""
    workload = gemm_workload(int(row["filters_n"]), int(row["reduction_k"]), int(row["ifmap_rows_m"]))
    machine = load_machine("scalesim", array(int(row["array_rows"]), int(row["array_cols"])))
    assert simulate(workload, machine).cycles - 1 == int(row["total_cycles"])


@pytest.mark.parametrize(("side", "published"), [(32, 2_519_815), (128, 417_628)])
def test_resnet18_from_its_own_file_is_exact(side, published):
    # The topology file that SCALE-Sim ships (MIT licence).
    workload = load_workload(str(DATA / "scalesim_resnet18.csv"))
    assert len(workload.layers) == 21
    assert simulate(workload, load_machine("scalesim", array(side, side))).cycles - 21 == published


def test_every_cycle_is_an_output_column_or_a_ramp():
    row = simulate(gemm_workload(70, 50, 100), load_machine("scalesim")).layers.iloc[0]
    assert row["compute_cycles"] == 2 * 3 * 100
    assert row["stall_fill_drain_cycles"] == 2 * 3 * (32 + 32 + 32 - 2)
    assert row["cycles"] == row["compute_cycles"] + row["stall_fill_drain_cycles"]
