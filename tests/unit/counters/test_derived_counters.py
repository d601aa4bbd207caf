"""A counter that follows from others is filled in from them, whatever the size of the numbers."""

import numpy as np

from accel_sim import counters as c


def test_a_counter_that_says_how_it_follows_is_filled_in_and_the_others_stay(monkeypatch):
    counts = np.arange(c.COUNT)
    counted = [counter.derived is None for counter in c.COUNTERS]
    assert (c.derive(counts.copy())[counted] == counts[counted]).all()
    last = c.COUNTERS[-1]._replace(derived=lambda counts: counts.cycles + 2 * counts.macs)
    monkeypatch.setattr(c, "COUNTERS", (*c.COUNTERS[:-1], last))
    found = c.derive(counts.copy())
    assert found[-1] == c.at.cycles + 2 * c.at.macs
    assert (found[:-1] == counts[:-1]).all()
