"""A density that was asked for and what masks keep are both said; a gap beyond a point is warned of."""

import pytest

from accel_sim import load_machine, simulate
from workloads import KeepMask, Layer, gemm_workload, load_workload
from workloads.artifact import PrunedLayer, PrunedNetwork, write_artifact
from workloads.network import write_layers
from workloads.workload import density_gap

NET = "resnet20_w16_28"


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [
        (None, 1),
        ("dense", 1),
        ("nm(1:4)", 0.25),
        ("block(block=16, density=0.2)", 0.2),
        ("crisp(2:4, block=16, density=0.2)", 0.2),
        ("unstructured(density=0.2)", 0.2),
        ("gs(density=0.2)", 0.2),
        ("channel(density=0.2)", 0.2),
    ],
)
def test_every_pattern_says_what_it_was_asked_for(pattern, asked):
    workload = load_workload(NET, pattern)
    assert workload.asked_density == asked
    assert abs(workload.density - asked) <= 0.01
    assert workload.warning == ""


def test_a_density_that_is_not_met_is_said_everywhere():
    workload = load_workload(NET, "block(block=64, density=0.1)")
    result = simulate(workload, load_machine("block_tc"))
    assert result.asked_density == result.summary()["asked_density"] == 0.1
    assert result.density == pytest.approx(0.171, abs=0.001)
    start = "density: asked for 10.0% of the weights, got 17.1% ("
    for said in (workload.warning, result.warning, result.summary()["warning"]):
        assert said.startswith(start)
    assert result.provenance["asked_density"] == 0.1
    assert result.provenance["density"] == result.density


def test_exempt_layers_count_and_masks_by_hand_are_what_was_asked_for(tmp_path):
    wide = Layer("stem", "conv", 64, 64, 3, 3)
    write_layers(tmp_path / "net.csv", (wide, Layer.linear("fc", 64, 64)), "test")
    workload = load_workload(tmp_path / "net.csv", "nm(2:4)")
    assert (workload.asked_density, workload.density) == (0.5, 0.75)
    assert "asked for 50.0% of the weights, got 75.0%" in workload.warning
    by_hand = gemm_workload(4, 8, 3, [[1, 0] * 4] * 4)
    assert (by_hand.asked_density, by_hand.warning) == (0.5, "")


@pytest.mark.parametrize(("got", "warned"), [(0.1, False), (0.11, False), (0.09, False), (0.112, True)])
def test_more_than_one_percentage_point_is_warned_of(got, warned):
    assert bool(density_gap(0.1, got)) is warned


@pytest.mark.parametrize(
    ("provenance", "asked"),
    [
        ({}, 0.5),
        ({"run": {"sparsity": 0.9, "pattern": "nm(2:4)"}}, 1 - 0.9),
        ({"run": {"sparsity": 0.9, "pattern": "dense"}}, 0.5),
        ({"run": {"sparsity": 0.9, "pattern": "channel"}, "widths": {"fc": 3}}, 0.5),
        ({"run": {"sparsity": "high", "pattern": "nm(2:4)"}}, 0.5),
        ({"run": "by hand"}, 0.5),
    ],
)
def test_an_artifact_says_what_its_run_was_asked_for(tmp_path, provenance, asked):
    mask = KeepMask.from_dense([[1, 0], [0, 1]])
    layer = PrunedLayer(Layer.linear("fc", 2, 2), mask, mask.to_dense()[mask.to_dense()].astype("f4"))
    write_artifact(tmp_path / "a.safetensors", PrunedNetwork("a", (layer,), provenance))
    workload = load_workload(tmp_path / "a.safetensors")
    assert workload.asked_density == asked
    assert bool(workload.warning) is (asked != 0.5)
