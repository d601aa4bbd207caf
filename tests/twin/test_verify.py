"""``accel-sim verify`` sees a difference where there is one."""

import numpy as np
import pytest

from accel_sim import counters as c
from accel_sim import load_machine
from accel_sim.engine import NO_TRACE, LayerEngine
from accel_sim.verify import verify
from accel_sim.verify.states import first_differing_cycle
from workloads.inputs import InputError

SEED = 9  # of a layer whose first step has passes


def test_engines_that_agree_leave_no_mismatch():
    results = list(verify(load_machine("crisp_stc"), cases=8))
    assert [result.seed for result in results] == list(range(8))
    assert not any(result.differences for result in results)
    assert not any(result.states for result in results)
    assert len({result.masked.layer for result in results}) == 8


@pytest.fixture
def broken(monkeypatch):
    """Make the compiled engine change what it found, and hand back the case that shows it."""

    def run(change, seed=3):
        honest = LayerEngine.run

        def dishonest(layer, mapping, trace=NO_TRACE):
            out = honest(layer, mapping, trace)
            change(out, trace)
            return out

        monkeypatch.setattr(LayerEngine, "run", dishonest)
        (result,) = verify(load_machine("crisp_stc"), cases=1, seed=seed)
        return result

    return run


def test_a_counter_that_is_off_is_named_where_no_cycle_differs(broken):
    def lose_a_cycle(out, _):
        out[c.at.cycles] -= 1
        out[c.at.macs] += 1

    result = broken(lose_a_cycle)
    fast, stepped = result.differences["cycles"]
    assert fast == stepped - 1
    assert str(result).startswith("seed 3: ")
    assert str(result).endswith(f": cycles: compiled {fast}, stepped {stepped}, also macs; no cycle differs")


def test_a_step_that_starts_a_cycle_late_is_shown_with_both_states(broken):
    def start_late(_, trace):
        trace["start"][:1] += 1

    result = broken(start_late, SEED)
    (name,) = result.differences
    (late, _), (start, _) = result.differences[name]
    assert (name, late) == ("step 0", start + 1)
    assert result.states.startswith(f"first differing cycle {start}: compiled: array waits (fill_drain)")
    assert "; stepped: array runs step 0" in result.states
    assert str(result).endswith(f"; {result.states}")


def test_a_timeline_that_is_late_as_a_whole_differs_where_the_first_load_ends(broken):
    def all_late(_, trace):
        times = trace.view(np.int64)
        times[times > 0] += 1  # what begins at zero stays

    result = broken(all_late, SEED)
    _, (_, end) = result.differences["load 0"]
    assert result.states.startswith(
        f"first differing cycle {end}: compiled: array waits (fill_drain), DRAM loads 0"
    )
    assert " also " in str(result)
    assert "; stepped: array waits (fill_drain)" in result.states


def test_a_step_that_ends_late_differs_in_the_cycle_after_its_end(broken):
    def end_late(_, trace):
        trace["end"][-1:] += 1

    result = broken(end_late, SEED)
    (name,) = result.differences
    (_, end), (_, stepped) = result.differences[name]
    assert end == stepped + 1
    assert f"first differing cycle {stepped}: compiled: array runs {name}" in result.states


@pytest.mark.parametrize(
    ("fast", "stepped", "cycle"),
    [
        ({}, {}, None),
        ({("step", 0): (3, 5)}, {("step", 0): (3, 5)}, None),
        ({("step", 0): (3, 5)}, {("step", 0): (4, 5)}, 3),
        ({("step", 0): (3, 5)}, {("step", 0): (3, 7)}, 5),
        ({("step", 0): (3, 5)}, {}, 3),
        ({("step", 0): (3, 3)}, {("step", 0): (4, 4)}, None),
        ({("step", 0): (3, 3)}, {("step", 0): (3, 5)}, 3),
        ({("load", 1): (9, 12), ("step", 0): (3, 5)}, {("load", 1): (8, 12), ("step", 0): (3, 6)}, 5),
    ],
)
def test_the_first_differing_cycle(fast, stepped, cycle):
    assert first_differing_cycle(fast, stepped) == first_differing_cycle(stepped, fast) == cycle


def test_no_cases_are_an_error():
    with pytest.raises(InputError, match="cases: expected a whole number of at least 1, got 0"):
        list(verify(load_machine("crisp_stc"), cases=0))
