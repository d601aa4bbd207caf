"""Cycles that SCALE-Sim 3.0.0 printed, from a machine with its array and memory that is never waited for."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from accel_sim import load_machine, simulate
from workloads import gemm_workload, load_workload

DATA = Path(__file__).parent / "data"
ROWS = list(csv.DictReader((DATA / "scalesim_cycles.csv").read_text().splitlines()[1:]))
DATAFLOWS = {"output_stationary": 3, "weight_stationary": 4, "input_stationary": 3}


def array(rows: int, cols: int, dataflow: str = "weight_stationary") -> dict[str, object]:
    settings = {"array.rows": rows, "array.cols": cols, "array.dataflow": dataflow}
    if dataflow == "output_stationary":  # sums stand still in the grid
        settings["array.accumulator_depth"] = None
    return settings


def test_there_are_rows_of_every_dataflow_to_compare_with():
    assert Counter(row["dataflow"] for row in ROWS) == DATAFLOWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(list(row.values())[:6]))
def test_a_gemm_takes_a_cycle_more_than_scalesim_prints(row):
    """It prints the index of the last cycle (its issue 125)."""
    workload = gemm_workload(int(row["filters_n"]), int(row["reduction_k"]), int(row["ifmap_rows_m"]))
    sides = array(int(row["array_rows"]), int(row["array_cols"]), row["dataflow"])
    machine = load_machine("scalesim", sides)
    assert simulate(workload, machine).cycles - 1 == int(row["total_cycles"])


@pytest.mark.parametrize(("side", "published"), [(32, 2_519_815), (128, 417_628)])
def test_resnet18_from_its_own_file_is_exact(side, published):
    # The topology file that SCALE-Sim ships (MIT licence).
    workload = load_workload(str(DATA / "scalesim_resnet18.csv"))
    assert len(workload.layers) == 21
    assert simulate(workload, load_machine("scalesim", array(side, side))).cycles - 21 == published


@pytest.mark.parametrize(
    ("dataflow", "tiles", "streamed", "ramp"),
    [
        ("output_stationary", 3 * 4, 50, 32 + 32 - 2),  # of 70 channels x 100 columns
        ("weight_stationary", 3 * 2, 100, 32 + 32 + 32 - 2),  # of 70 channels x 50 positions
        ("input_stationary", 4 * 2, 70, 32 + 32 + 32 - 2),  # of 100 columns x 50 positions
    ],
)
def test_every_cycle_is_something_that_streams_by_or_a_ramp(dataflow, tiles, streamed, ramp):
    machine = load_machine("scalesim", array(32, 32, dataflow))
    row = simulate(gemm_workload(70, 50, 100), machine).layers.iloc[0]
    assert row["compute_cycles"] == tiles * streamed
    assert row["stall_fill_drain_cycles"] == tiles * ramp
    assert row["cycles"] == row["compute_cycles"] + row["stall_fill_drain_cycles"]
