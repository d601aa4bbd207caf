"""Shapes that are tried for a machine hold the same, and the screen that chooses among them is right."""

import pytest

from accel_sim import load_machine
from accel_sim.compare.fairness import differences
from accel_sim.loading.families import family_names
from studies import tune_rivals as study

NETWORK = study.QUICK_NETWORK


@pytest.mark.parametrize("name", ["crisp_stc", "edge_systolic"])
def test_all_shapes_of_a_machine_may_be_ranked_with_what_ships(name):
    shapes = list(study.shapes(name))
    assert len(shapes) > 10
    assert differences([load_machine(name), *shapes]) == []
    assert len({str(machine.array) for machine in shapes}) == len(shapes)


@pytest.mark.parametrize("name", family_names(study.FAMILY))
def test_what_ships_is_a_shape_that_was_tried(name):
    shipped = load_machine(name)
    tried = study._tried(shipped)
    assert all(shipped.array[field] in values for field, values in tried.items())
    assert shipped.array["pipeline_cycles"] == study.PIPELINES[shipped.architecture](shipped.array)


def test_merges_of_all_cores_are_those_of_the_published_core_for_each_128_multipliers():
    array = load_machine("dstc").array
    assert array["merges_per_cycle"] * array["core_rows"] * array["core_columns"] == study.MERGES == 8 * 116


def test_the_screen_counts_every_layer_of_a_size():
    """Dense layers of a size take the same cycles, so that the sample says what the network takes."""
    machine = load_machine("dense_tc")
    workload, counts = study._sample(NETWORK, "dense", 1.0)
    assert len(workload.layers) < sum(counts) == 22
    assert study.cycles_of(machine, True, NETWORK, "dense", 1.0) == study.cycles_of(
        machine, False, NETWORK, "dense", 1.0
    )


def test_the_score_is_the_geometric_mean_on_the_best_pattern():
    machine = load_machine("crisp_stc", {"patterns": ["crisp(2:4, block=16)", "crisp(1:4, block=16)"]})
    each = [
        study.cycles_of(machine, False, NETWORK, text.replace(")", ", density=0.1)"), 1.0)
        for text in machine.patterns
    ]
    score, pattern = study.score(NETWORK, machine, sampled=False)
    assert score == pytest.approx(min(each))  # which does not look at activations
    assert pattern == f"crisp({1 if each[1] < each[0] else 2}:4, block=16, density=0.1)"


def test_a_layer_that_does_not_fit_is_no_score():
    tiny = load_machine("dense_tc", {"smem.capacity_bytes": 1024})
    assert study.cycles_of(tiny, False, NETWORK, "dense", 1.0) == float("inf")
