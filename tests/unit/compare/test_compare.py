"""A comparison: one row a pair, ratios to the first."""

import pandas as pd
import pytest
from refusals import refusal

from accel_sim import load_machine, simulate
from accel_sim.compare.comparison import at_sparsity, compare, with_ratios
from accel_sim.loading.families import family_names
from workloads import gemm_workload
from workloads.inputs import InputError

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
    table, _ = compare([("slow", DENSE, slow), ("fast", DENSE, load_machine("dense_tc"))], unequal=True)
    assert table["cycles"][0] == table["cycles"][1]
    assert table["speedup"].tolist() == pytest.approx([1, 2])


def test_ratios_divide_the_first_row_by_each():
    table = pd.DataFrame({"seconds": [8.0, 2.0, 16.0], "energy_pj": [6.0, 3.0, 12.0]})
    assert with_ratios(table)["speedup"].tolist() == [1, 4, 0.5]
    assert with_ratios(table)["energy_ratio"].tolist() == [1, 2, 0.5]


def test_machines_of_a_family_may_be_ranked():
    machines = [load_machine(name) for name in family_names("edge_1024")]
    assert len(machines) >= 4
    assert len(compare([("dense", DENSE, machine) for machine in machines])[0]) == len(machines)


def test_machines_that_differ_are_not_ranked_unless_told_so():
    pairs = [
        ("a", DENSE, load_machine("dense_tc")),
        ("b", DENSE, load_machine("crisp_stc", {"array.rows": 8})),
    ]
    assert refusal(compare, pairs) == (
        "compare: expected machines with the same multipliers, got 1,024 on dense_tc and 512 on crisp_stc;"
        " --unequal ranks them so"
    )
    assert len(compare(pairs, unequal=True)[0]) == 2


def test_a_row_says_what_its_machine_holds_on_chip():
    table, _ = compare([("dense", DENSE, load_machine("dense_tc"))])
    assert table.loc[0, ["smem_bytes", "local_bytes"]].tolist() == [262_144, 2048 + 65_536]


def test_a_sparsity_leaves_some_weights_and_never_adds_any():
    machine = load_machine("crisp_stc")
    for sparsity in (1, 1.0, 1.5, -0.1, float("nan")):
        with pytest.raises(InputError, match=f"sparsity: expected 0 to below 1, got {sparsity}"):
            at_sparsity([machine], None, sparsity)
    for sparsity, density in ((0, "density=1)"), (0.999, "density=0.001)"), (0.9, "density=0.1)")):
        pairs = at_sparsity([machine], None, sparsity)
        assert [text for text, _ in pairs if text and "density" in text]
        for text, paired in pairs:
            assert text is not None
            assert text.endswith(density) or "density" not in text
            assert paired is machine
