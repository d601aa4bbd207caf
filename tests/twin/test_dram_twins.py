"""The stepped DRAM and the compiled one agree in every clock, and no command comes too early."""

import numpy as np
import pytest
from dram_cases import make_device
from hypothesis import given
from hypothesis import strategies as st

from accel_sim.dram.device import Device
from accel_sim.kernels import dram_state as d
from accel_sim.kernels.dram import new_state, serve, serve_mixed
from accel_sim.reference.dram import SteppedDram
from accel_sim.verify.layers import Pick, seeded_pick


def make_batches(pick: Pick, device: Device) -> list[tuple[list[int], list[bool], int]]:
    """Batches of bursts, which of them write, and how long to wait before each."""
    batches = []
    for _ in range(pick((1, 2, 4))):
        count, kind = pick((1, 2, 7, 30)), pick(("sequential", "random", "one row", "strided"))
        start, stride = pick(range(device.bursts)), pick((1, 2, 4, 8))
        steps = {"sequential": 1, "strided": stride, "one row": 0, "random": None}[kind]
        if steps is None:
            bursts = [pick(range(device.bursts)) for _ in range(count)]
        else:
            bursts = [(start + i * steps) % device.bursts for i in range(count)]
        writes = pick(("read", "write", "mixed"))
        is_write = [writes == "write" or (writes == "mixed" and pick((False, True))) for _ in bursts]
        batches.append((bursts, is_write, pick((0, 0, 3, 100, 700))))
    return batches


def assert_twins_agree(pick: Pick) -> set[str]:
    """Run both; return what the case showed."""
    device = make_device(pick)
    numbers, stepped = device.numbers(), SteppedDram(device)
    state, free, shown = new_state(numbers), 0, set()
    for bursts, is_write, wait in make_batches(pick, device):
        finish = np.zeros(len(bursts), np.int64)
        begin = free + wait
        expected = stepped.serve(bursts, is_write, begin)
        if all(is_write) or not any(is_write):
            free, end = serve(numbers, state, np.array(bursts), all(is_write), begin, finish)
            shown.add("one kind")
        else:
            flags, none = np.array(is_write, np.uint8), np.zeros(0, np.int64)
            free, end = serve_mixed(numbers, state, np.array(bursts), flags, begin, none, finish)
            shown.add("mixed")
        assert (finish.tolist(), int(free), int(end)) == (
            expected.finish,
            expected.free,
            max(expected.finish),
        )
    channels = stepped.channels
    counted = stepped.activates, sum(c.row_hits for c in channels), sum(c.refreshes for c in channels)
    assert (int(state[d.ACTIVATED]), int(state[d.ROW_HITS]), int(state[d.REFRESHES])) == counted
    shown |= {kind for channel in channels for kind in (command.kind for command in channel.history.commands)}
    return shown | {
        name for name, n in zip(("activates", "row hits", "refreshes"), counted, strict=True) if n
    }


def test_the_engines_agree_on_seeded_streams_that_show_every_command():
    shown: dict[str, int] = {}
    for seed in range(150):
        for name in assert_twins_agree(seeded_pick(seed)):
            shown[name] = shown.get(name, 0) + 1
    wanted = "one kind", "mixed", "activate", "precharge", "read", "write", "refresh", "row hits"
    assert min(shown.get(name, 0) for name in wanted) > 10, shown


@given(data=st.data())
def test_the_engines_agree_on_streams_that_hypothesis_draws(data):
    assert_twins_agree(lambda options: data.draw(st.sampled_from(list(options))))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_the_engines_agree_on_thousands_of_streams(block):
    for seed in range(1000 + 500 * block, 1500 + 500 * block):
        assert_twins_agree(seeded_pick(seed))
