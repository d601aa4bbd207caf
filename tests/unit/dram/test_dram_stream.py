"""Streams on a DRAM alone: what goes in, what comes out, and what no stream may break."""

import numpy as np
import pytest
from dram_probe import DATA, probe
from hypothesis import given
from hypothesis import strategies as st

from accel_sim.dram import dram_stream, load_device
from accel_sim.machine.shipped import config_folder, config_names
from workloads.inputs import InputError

DEVICES = [
    probe(trefi=600),
    probe(trefi=600, channels=4, offers_per_clock=2),
    probe(trefi=600, command_buses=2, row_limit=1),
    probe(trefi=600, window=2, bank_queue=1),
    probe(trefi=600, ranks=1),
]
SHIPPED = [load_device(name) for name in config_names("dram")]
devices = st.sampled_from(DEVICES)
requests = st.lists(st.tuples(st.integers(0, 2**14), st.booleans()), min_size=1, max_size=80)


def stream(device, made):
    return dram_stream(device, [address for address, _ in made], np.array([write for _, write in made], bool))


def channel_bytes(device):
    """What lies below the channel in an address: column, bank group, bank and rank."""
    return device.row_bytes * device.bank_groups * device.banks_per_group * device.ranks


def test_a_name_a_path_and_a_device_are_the_same():
    addresses, path = np.arange(100) * 64, config_folder("dram") / "ddr4_2400.yaml"
    taken = {dram_stream(p, addresses).cycles for p in ("ddr4_2400", path, load_device(path))}
    assert len(taken) == 1


def test_no_requests_take_no_time():
    """Rule D6."""
    result = dram_stream("ddr4_2400", [])
    assert (result.cycles, result.bytes_per_cycle, result.activates) == (0, 0.0, 0)


def test_an_address_names_the_burst_around_it():
    """Rules D1 and D17: two bursts of one row, the first of them asked for twice."""
    result = dram_stream("ddr4_2400", [0, 63, 64])
    assert result.row_hits == 2
    assert result.activates == 1
    assert result.latencies.shape == (3,)


def test_addresses_beyond_the_dram_wrap():
    """Rule D2."""
    device = load_device("ddr4_2400")
    size = device.bursts * device.request_bytes
    inside, beyond = dram_stream(device, [0, 8192]), dram_stream(device, [size, size + 8192])
    assert inside.finished.tolist() == beyond.finished.tolist()


def test_channels_work_at_the_same_time():
    """Rule D2: the field above the column names the channel."""
    device = load_device("hbm2")
    channel = 2048  # the field above the column
    one = dram_stream(device, np.arange(8) * channel)
    assert len(set(one.finished.tolist())) == 1


@pytest.mark.parametrize(
    ("addresses", "is_write", "message"),
    [
        ([[0]], False, r"addresses: expected whole numbers \[n\], got int64 \[1, 1\]"),
        ([0.5], False, r"addresses: expected whole numbers \[n\], got float64 \[1\]"),
        ([-64], False, r"addresses: expected 0 to 2\^62 - 1, got -64 to -64"),
        ([0, 64], [True], r"is_write: expected true or false, or bool \[2\], got bool \[1\]"),
        ([0], 1, r"is_write: expected true or false, or bool \[1\], got int64 \[\]"),
    ],
)
def test_a_wrong_stream_is_one_clear_line(addresses, is_write, message):
    with pytest.raises(InputError, match=message):
        dram_stream("ddr4_2400", addresses, is_write)


@given(devices, requests)
def test_no_stream_is_faster_than_its_busiest_channel(device, made):
    t, channels = device.timing, np.zeros(device.channels, np.int64)
    for address, _ in made:
        channels[address // channel_bytes(device) % device.channels] += 1
    least = 1 + t.trcd + (channels.max() - 1) * max(DATA, t.tccd_s) + min(t.cl, t.cwl) + DATA
    # Columns of two kinds or ranks may follow closer than tCCD, but not closer than their data.
    mixed = 1 + t.trcd + min(t.cl, t.cwl) + channels.max() * DATA
    one_kind = len({write for _, write in made}) == 1 and device.ranks == 1
    assert stream(device, made).cycles >= (least if one_kind else mixed)


@given(st.sampled_from(SHIPPED), st.integers(0, 2**14), st.integers(1, 1000), st.booleans())
def test_a_longer_run_of_bursts_never_finishes_sooner(device, first, count, writes):
    addresses = (first + np.arange(count + 1)) * device.request_bytes
    shorter, longer = (dram_stream(device, some, writes) for some in (addresses[:-1], addresses))
    assert shorter.cycles <= longer.cycles


def test_with_any_addresses_one_request_more_may_let_all_finish_sooner():
    # The last read hits a row that is open and keeps it so: the reads come before a write that waits.
    made = [(512, True), (0, True), (64, False), (0, False)]
    assert stream(DEVICES[0], made[:-1]).cycles == 33
    assert stream(DEVICES[0], made).cycles == 27


@given(devices, requests)
def test_no_two_bursts_share_the_data_bus_of_a_channel(device, made):
    result = stream(device, made)
    for channel in range(device.channels):
        mine = [address // channel_bytes(device) % device.channels == channel for address, _ in made]
        ends = np.sort(result.finished[mine])
        assert (np.diff(ends) >= DATA).all()


@given(devices, requests)
def test_every_request_is_served_once_and_no_sooner_than_its_first_command_allows(device, made):
    result = stream(device, made)
    writes = np.array([write for _, write in made])
    least = 1 + np.where(writes, device.timing.cwl, device.timing.cl) + DATA
    assert (result.latencies >= least).all()
    assert result.cycles == result.finished.max()
    assert result.activates >= 1
    assert result.row_hits < len(made)


@given(devices, requests)
def test_requests_enter_in_their_order(device, made):
    """Rule D9."""
    accepted = stream(device, made).accepted
    assert (np.diff(accepted) >= 0).all()
    assert np.bincount(accepted).max() <= device.offers_per_clock


@given(devices, requests)
def test_the_same_stream_takes_the_same_clocks(device, made):
    assert stream(device, made).finished.tolist() == stream(device, made).finished.tolist()
