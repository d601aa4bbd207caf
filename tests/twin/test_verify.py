"""``accel-sim verify`` sees a difference where there is one."""

import pytest

from accel_sim import counters as c
from accel_sim import load_machine
from accel_sim.verify import twins, verify
from workloads.inputs import InputError


def test_engines_that_agree_leave_no_mismatch():
    results = list(verify(load_machine("crisp_stc"), cases=8))
    assert [result.seed for result in results] == list(range(8))
    assert not any(result.differences for result in results)
    assert len({result.item.layer for result in results}) == 8


def test_a_kernel_that_loses_a_cycle_is_caught_and_named(monkeypatch):
    honest = twins.simulate_layer

    def loses_a_cycle(item, schedule, mapping, machine, out, trace):
        honest(item, schedule, mapping, machine, out, trace)
        out[c.CYCLES] -= 1

    monkeypatch.setattr(twins, "simulate_layer", loses_a_cycle)
    (result,) = verify(load_machine("crisp_stc"), cases=1, seed=3)
    fast, stepped = result.differences["cycles"]
    assert fast == stepped - 1
    assert str(result).startswith("seed 3: ")
    assert f": cycles: compiled {fast}, stepped {stepped} (1 differences)" in str(result)


def test_no_cases_are_an_error():
    with pytest.raises(InputError, match="cases: expected a whole number of at least 1, got 0"):
        list(verify(load_machine("crisp_stc"), cases=0))
