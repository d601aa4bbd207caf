"""Cycles of an Eyeriss v2 PE on real masks, exactly; the masks lie beside the repository."""

import pandas as pd
import pytest

from accel_sim import load_machine, simulate
from benchmarks.eyeriss_v2 import absent, layers, table
from workloads import gemm_workload

pytestmark = pytest.mark.skipif(absent() is not None, reason=absent() or "")


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    result = table()
    print("\n" + result.to_string(index=False))
    return result


def test_every_layer_takes_the_published_cycles(found):
    assert found["layer"].tolist() == ["L07", "L13", "L21", "L27"]
    assert found["cycles"].tolist() == found["published_cycles"].tolist()


def test_every_cycle_is_a_pair_that_meets(found):
    assert found["macs"].tolist() == found["cycles"].tolist()


def test_densities_alone_fall_short_as_published(found):
    """So it is the masks, not how full they are, that make the cycles right."""
    assert found["density_ratio"].between(0.93, 0.99).all()
    # Sparseloop's uniform model is that, but for what it rounds.
    assert (found["density_ratio"] - found["published_density_ratio"]).abs().max() < 0.01


def test_the_stepped_reference_takes_the_pairs_of_a_corner():
    layer = layers()[0]
    weights, activations = layer.weights[:8], layer.activations[:, :16]
    corner = gemm_workload(8, 64, 16, weight_keep=weights, activation_keep=activations)
    pairs = int((weights.astype(int) @ activations.astype(int)).sum())
    machine = load_machine("eyeriss_v2_pe")
    assert pairs == 3802
    assert [simulate(corner, machine, engine=engine).cycles for engine in ("reference", "fast")] == [
        pairs
    ] * 2
