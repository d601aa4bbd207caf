"""Windows, queues and the order of commands, each worked out with a pencil on the small device."""

from dram_probe import DATA, done, probe, read, write

from accel_sim.dram import dram_stream

WARM = 100  # by then everything before is long over
ONE_ROW, TWO_GROUPS = [read()], [read(), read(group=1)]


def accepted(requests, **changes):
    """The clock in which each request enters its window."""
    device = probe(ranks=1, **changes)
    addresses = [burst * device.request_bytes for _, burst in requests]
    return dram_stream(device, addresses, [kind == "write" for kind, _ in requests]).accepted.tolist()


def test_a_full_window_refuses_and_nothing_behind_is_offered():
    """Rules D8 to D10, D12 and D13: one is queued, two wait; the fourth enters after a column command."""
    reads = [read(column=i) for i in range(4)]
    small = {"window": 2, "bank_queue": 1}
    # Activate in clock 1, its column command in 6, in which the next one moves: its place is free in 7.
    assert accepted(reads, offers_per_clock=1, **small) == [0, 1, 2, 7]
    # Two offers a clock; the write's own window has room, but it stands behind a read that is refused.
    assert accepted([*reads, write()], offers_per_clock=2, **small) == [0, 0, 1, 7, 7]


def test_a_move_passes_over_requests_whose_queue_is_full():
    """Rules D10 and D12: the other bank is activated trrd_s after the first, not after its column command."""
    requests = [read(), read(column=1), read(group=1)]
    device = probe(bank_queue=1, window=4, offers_per_clock=1)
    assert done(device, requests)[2] == (1 + 4) + 5 + 10 + DATA


def test_writes_drain_when_their_window_is_full_or_no_read_waits():
    """Rule D11: with room for a third write, the reads that wait go first."""
    requests = [write(), write(column=1), read(column=2), read(column=3)]
    full = done(probe(window=2, offers_per_clock=4), requests, ONE_ROW, WARM)
    assert full[0] == WARM + 1 + 7 + DATA
    room = done(probe(window=3, offers_per_clock=4), requests, ONE_ROW, WARM)
    assert room[2] == WARM + 1 + 10 + DATA


def test_a_batch_begins_after_the_last_column_command_of_the_one_before():
    """Rules D5 and D6: that one is in clock 6, so that an earlier beginning is clock 7."""
    other_bank = [read(group=1)]
    assert [done(probe(), other_bank, ONE_ROW, begin)[0] - 8 - 5 - 10 - DATA for begin in (0, 7, 8)] == [
        0,
        0,
        1,
    ]


def test_a_row_stays_open_for_requests_that_hit_it_until_its_limit():
    """Rules D14 and D15: the second of the queue is to another row, the third to the open one."""
    requests = [read(), read(row=1), read(column=1)]
    last_of_row_0, another = WARM + 1 + 5, 6 + 5 + 10 + DATA
    patient = done(probe(row_limit=4), requests, ONE_ROW, WARM)
    assert patient[1:] == [last_of_row_0 + 4 + another, last_of_row_0 + 10 + DATA]
    # Two column commands since the activate: it is closed as soon as trtp allows, though one more waits.
    strict = done(probe(row_limit=2), requests, ONE_ROW, WARM)
    assert strict[1] == WARM + 1 + 4 + another
    assert strict[2] > strict[1]


def test_of_a_read_and_a_write_to_the_open_row_the_older_goes_first():
    """Rule D16; rules D23 and D24 say when the other may follow."""
    device = probe(offers_per_clock=1)
    first = 1 + 5  # both wait for the activate of their row
    assert done(device, [write(), read(column=1)]) == [
        first + 7 + DATA,
        (first + 7 + DATA + 6) + 10 + DATA,
    ]
    assert done(device, [read(), write(column=1)]) == [first + 10 + DATA, first + 10 + DATA + 2 + DATA]


def test_a_second_bus_takes_the_column_command_that_an_activate_would_delay():
    """Rules D29 and D30: in one clock a hit is allowed, and the activate of a bank that comes first."""
    requests = [*(read(column=i % 4) for i in range(5)), read(group=1)]
    one, two = (done(probe(command_buses=n, offers_per_clock=8), requests, ONE_ROW, WARM) for n in (1, 2))
    assert one[1] == WARM + 1 + 5 + 1 + 10 + DATA
    assert two[1] == WARM + 1 + 5 + 10 + DATA
    assert one[5] == two[5] == WARM + 6 + 5 + 10 + DATA


def test_banks_are_asked_by_number_from_the_last_one_on():
    """Rules D3 and D30: bank 3 of group 0 comes before bank 0 of group 1, whichever came first."""
    far, near = read(bank=3), read(group=1)
    device = probe(trrd_s=6)
    first = 1 + 6 + 5 + 10 + DATA  # both may be activated six clocks after bank 0
    assert done(device, [read(), far, near])[1:] == [first, first + 6]
    assert done(device, [read(), near, far])[1:] == [first + 6, first]


def test_a_refresh_closes_every_open_bank_first():
    """Rule D31: two precharges tppd apart, the refresh trp after the second, an activate trfc after it."""
    late = done(probe(ranks=1, trefi=1000), [read()], TWO_GROUPS, 999)
    assert late == [1000 + 3 + 6 + 60 + 5 + 10 + DATA]
