"""The largest counts that are right, and the smallest that are refused in one line (int64)."""

import pytest
from refusals import refusal

from accel_sim import load_machine, simulate
from workloads import KeepMask, Layer, MaskedLayer, Workload
from workloads.inputs import InputError


def one_layer(layer: Layer) -> Workload:
    return Workload("w", (MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim)),), "test")


def test_multipliers_times_cycles_stay_below_two_to_the_63():
    """2^48 multipliers: 2^15 - 1 cycles are right to the last lane, one more is refused."""
    machine = load_machine("dense_tc", {f"array.{side}": 2**16 for side in ("cores", "rows", "lanes")})
    row = simulate(one_layer(Layer("c", "conv", 1, 1, 1, 2**15 - 1)), machine).layers.iloc[0]
    assert int(row["idle_lane_cycles"]) == 2**63 - 2**48 - (2**15 - 1)
    assert refusal(simulate, one_layer(Layer("c", "conv", 1, 1, 1, 2**15)), machine) == (
        f"c: expected at most {2**63 - 1:,} multipliers x cycles on dense_tc, got {2**63:,}"
    )


@pytest.mark.parametrize(("channels", "fine"), [(128, True), (256, False)])
def test_a_pass_takes_at_most_two_to_the_41_cycles(channels, fine):
    """A port of a byte a cycle: 9 x 128 bytes for each of 2^30 pixels are 1.125 x 2^40, and fine."""
    machine = load_machine(
        "scalesim", {"array.rows": 9 * channels, "array.cols": 1, "smem.bandwidth_bytes_per_cycle": 1}
    )
    workload = one_layer(Layer("c", "conv", channels, 1, 2**15 + 2, 2**15 + 2, 3, 3))
    if fine:
        assert simulate(workload, machine).cycles == 9 * 128 * 2**30 + 2 * 9 * 128 + 1 - 2
        return
    with pytest.raises(InputError, match=f"expected at most {2**41:,} cycles of a pass on scalesim, got"):
        simulate(workload, machine)
