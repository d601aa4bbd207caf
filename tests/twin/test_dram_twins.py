"""The stepped DRAM and the compiled one agree in every clock, and no command comes too early."""

import numpy as np
import pytest
from dram_cases import make_device
from hypothesis import given
from hypothesis import strategies as st

from accel_sim.dram import dram_stream
from accel_sim.dram.device import Device
from accel_sim.dram.numbers import device_numbers
from accel_sim.kernels.dram import state as d
from accel_sim.kernels.dram.serve import serve, serve_mixed
from accel_sim.kernels.dram.state import new_state
from accel_sim.reference.dram.commands import ACTIVATE, PRECHARGE, READ, REFRESH, WRITE, Command
from accel_sim.reference.dram.serve import SteppedDram
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


def counts_of(stepped: SteppedDram) -> tuple[int, int, int]:
    """Activates, row hits and refreshes of all DRAM channels."""
    dram_channels = stepped.dram_channels
    return (
        stepped.activates,
        sum(one.row_hits for one in dram_channels),
        sum(one.refreshes for one in dram_channels),
    )


def assert_twins_agree(pick: Pick) -> set[str]:
    """Run both; return what the case showed."""
    device = make_device(pick)
    numbers, stepped = device_numbers(device), SteppedDram(device)
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
    counted = counts_of(stepped)
    assert (int(state[d.ACTIVATED]), int(state[d.ROW_HITS]), int(state[d.REFRESHES])) == counted
    shown |= {command.kind for c in stepped.dram_channels for command in c.history.commands}
    return shown | {
        name for name, n in zip(("activates", "row hits", "refreshes"), counted, strict=True) if n
    }


def least_gap(device: Device, first: Command, second: Command) -> int:
    """Clocks that D18, D19 and D21 to D27 ask between two commands of a channel, 0 for none."""
    t, burst = device.timing, device.burst_length // 2
    kinds = first.kind, second.kind
    rank = first.place.rank == second.place.rank
    group, bank = first.place[:2] == second.place[:2], first.place == second.place
    read_to_write, write_to_read = t.cl + burst - t.cwl, t.cwl + burst
    if not rank:
        return {
            (READ, READ): burst + t.trtrs,
            (WRITE, WRITE): burst,
            (READ, WRITE): read_to_write + t.trtrs,
            (WRITE, READ): write_to_read + t.trtrs - t.cl,
        }.get(kinds, 0)
    of_rank = {
        (ACTIVATE, ACTIVATE): t.trrd_l if group else t.trrd_s,
        (READ, READ): max(burst, t.tccd_l if group else t.tccd_s),
        (WRITE, WRITE): max(burst, t.tccd_l if group else t.tccd_s),
        (WRITE, READ): write_to_read + (t.twtr_l if group else t.twtr_s),
        (READ, WRITE): read_to_write + t.turnaround,
        (PRECHARGE, PRECHARGE): t.tppd,
        (REFRESH, ACTIVATE): t.trfc,
        (REFRESH, REFRESH): t.trfc,
        (PRECHARGE, REFRESH): t.trp,
    }
    of_bank = {
        (PRECHARGE, ACTIVATE): t.trp,
        (ACTIVATE, READ): t.trcd,
        (ACTIVATE, WRITE): t.trcd,
        (ACTIVATE, PRECHARGE): t.tras,
        (READ, PRECHARGE): t.trtp,
        (WRITE, PRECHARGE): t.cwl + burst + t.twr,
    }
    return max(of_rank.get(kinds, 0), of_bank.get(kinds, 0) if bank else 0)


def assert_legal(device: Device, commands: list[Command]) -> set[tuple[str, str]]:
    """Every pair of commands of a channel keeps its distance; return the kinds that kept it exactly."""
    bound = set()
    for i, second in enumerate(commands):
        for first in commands[:i]:
            gap = least_gap(device, first, second)
            assert second.clock - first.clock >= gap, (first, second, gap)
            if gap > 0 and second.clock - first.clock == gap:
                bound.add((first.kind, second.kind))
    for rank in range(device.ranks):  # D20
        opened = [c.clock for c in commands if c.kind == ACTIVATE and c.place.rank == rank]
        assert all(fifth - one >= device.timing.tfaw for one, fifth in zip(opened, opened[4:], strict=False))
    return bound


def test_no_command_comes_too_early_and_most_distances_bind():
    bound: set[tuple[str, str]] = set()
    for seed in range(200):
        pick = seeded_pick(seed)
        device = make_device(pick)
        stepped, free = SteppedDram(device), 0
        for bursts, is_write, wait in make_batches(pick, device):
            free = stepped.serve(bursts, is_write, free + wait).free
        for dram_channel in stepped.dram_channels:
            bound |= assert_legal(device, dram_channel.history.commands)
    # A refresh follows a refresh of its rank much later: nothing makes that distance bind.
    columns = {(one, other) for one in (READ, WRITE) for other in (READ, WRITE)}
    rows = {(PRECHARGE, ACTIVATE), (PRECHARGE, REFRESH), (REFRESH, ACTIVATE), (ACTIVATE, ACTIVATE)}
    mixed = {(ACTIVATE, kind) for kind in (READ, WRITE, PRECHARGE)} | {
        (k, PRECHARGE) for k in (PRECHARGE, READ, WRITE)
    }
    assert bound == columns | rows | mixed


def test_a_stream_alone_is_what_the_stepped_dram_makes_of_it():
    for seed in range(150):
        pick = seeded_pick(seed)
        device = make_device(pick)
        (bursts, is_write, _), *_ = make_batches(pick, device)
        stepped = SteppedDram(device)
        batch = stepped.serve(bursts, is_write, 0)
        stream = dram_stream(device, [burst * device.request_bytes for burst in bursts], is_write)
        assert (stream.finished.tolist(), stream.cycles) == (batch.finish, max(batch.finish))
        assert (stream.activates, stream.row_hits, stream.refreshes) == counts_of(stepped)


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
