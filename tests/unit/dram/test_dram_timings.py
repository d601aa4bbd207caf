"""Each timing of a DRAM on its own: the first legal clock, and what a clock more moves by one."""

import pytest
from dram_probe import DATA, TIMING, done, probe, read, write

WARM = 100  # by then everything before is long over
ONE_ROW, TWO_GROUPS, TWO_RANKS = [read()], [read(), read(group=1)], [read(), read(rank=1)]


def one_more(name, requests, warm=None, begin=0, **changes):
    """By how much the last request moves when a timing is raised by one."""
    values = TIMING | changes
    before = done(probe(**changes), requests, warm, begin)[-1]
    return done(probe(**changes | {name: values[name] + 1}), requests, warm, begin)[-1] - before


def test_a_read_after_an_activate_waits_trcd():
    """Rules D4, D8, D21: offered and moved in clock 0, its row opened in 1."""
    assert done(probe(), [read()]) == [1 + 5 + 10 + DATA]
    assert one_more("trcd", [read()]) == one_more("trcd", [write()]) == 1
    assert one_more("trcd", [read()], ONE_ROW, WARM) == 0  # its row is open


def test_the_first_beat_read_comes_cl_after_the_read():
    """Rules D6 and D7: the row of the batch before is open."""
    assert done(probe(), [read()], ONE_ROW, WARM) == [WARM + 1 + 10 + DATA]
    assert one_more("cl", [read()]) == 1
    assert one_more("cl", [write()]) == 0


def test_the_first_beat_written_comes_cwl_after_the_write():
    """Rule D6."""
    assert done(probe(), [write()], ONE_ROW, WARM) == [WARM + 1 + 7 + DATA]
    assert one_more("cwl", [write()]) == 1
    assert one_more("cwl", [read()]) == 0


def test_an_activate_after_a_precharge_waits_trp():
    """Rule D18."""
    another = [read(row=1)]
    assert done(probe(), another, ONE_ROW, WARM) == [WARM + 1 + 6 + 5 + 10 + DATA]
    assert one_more("trp", another, ONE_ROW, WARM) == 1
    assert one_more("trp", [read()], ONE_ROW, WARM) == 0


def test_a_precharge_after_an_activate_waits_tras():
    """Rule D26."""
    rows = [read(), read(row=1)]
    assert done(probe(), rows)[-1] == (1 + 14) + 6 + 5 + 10 + DATA
    assert one_more("tras", rows) == 1
    assert one_more("tras", rows, trtp=9) == 1  # the last one that does not bind: 6 + 9 = 1 + 14
    assert one_more("tras", rows, trtp=10) == 0


def test_a_precharge_after_a_read_waits_trtp():
    """Rule D26."""
    rows = [read(), read(row=1)]
    assert one_more("trtp", rows, trtp=8) == 0
    assert one_more("trtp", rows, trtp=9) == 1
    assert done(probe(trtp=10), rows)[-1] == (1 + 5 + 10) + 6 + 5 + 10 + DATA


def test_a_precharge_after_a_write_waits_twr_from_its_last_beat():
    """Rule D26."""
    rows = [write(), write(row=1)]
    assert done(probe(), rows)[-1] == (1 + 5 + 7 + DATA + 8) + 6 + 5 + 7 + DATA
    assert one_more("twr", rows) == 1
    assert one_more("twr", [read(), read(row=1)]) == 0


def test_column_commands_to_one_bank_group_are_tccd_l_apart():
    """Rule D22."""
    for kind, latency in ((read, 10), (write, 7)):
        hits = [kind(), kind(column=1)]
        assert done(probe(), hits, ONE_ROW, WARM)[-1] == WARM + 1 + 5 + latency + DATA
        assert one_more("tccd_l", hits, ONE_ROW, WARM) == 1
        assert one_more("tccd_s", hits, ONE_ROW, WARM) == 0


def test_column_commands_to_two_bank_groups_are_tccd_s_apart():
    """Rule D22."""
    for kind, latency in ((read, 10), (write, 7)):
        hits = [kind(), kind(group=1)]
        assert done(probe(), hits, TWO_GROUPS, WARM)[-1] == WARM + 1 + 3 + latency + DATA
        assert one_more("tccd_s", hits, TWO_GROUPS, WARM) == 1
        assert one_more("tccd_l", hits, TWO_GROUPS, WARM) == 0


def test_column_commands_are_a_burst_apart_where_that_is_longer():
    """Rule D22."""
    hits = [read(), read(group=1)]
    assert one_more("tccd_s", hits, TWO_GROUPS, WARM, tccd_s=1) == 0
    assert one_more("tccd_s", hits, TWO_GROUPS, WARM, tccd_s=2) == 1


def test_activates_of_two_bank_groups_are_trrd_s_apart():
    """Rule D19."""
    assert done(probe(), TWO_GROUPS)[-1] == 1 + 4 + 5 + 10 + DATA
    assert one_more("trrd_s", TWO_GROUPS) == 1
    assert one_more("trrd_l", TWO_GROUPS) == 0


def test_activates_of_one_bank_group_are_trrd_l_apart():
    """Rule D19."""
    banks = [read(), read(bank=1)]
    assert done(probe(), banks)[-1] == 1 + 6 + 5 + 10 + DATA
    assert one_more("trrd_l", banks) == 1
    assert one_more("trrd_s", banks) == 0


def test_activates_of_two_ranks_do_not_wait_for_each_other():
    assert one_more("trrd_s", TWO_RANKS) == one_more("trrd_l", TWO_RANKS) == 0


def test_the_fifth_activate_of_a_rank_waits_tfaw_after_the_first():
    """Rule D20."""
    banks = [read(), read(group=1), read(bank=1), read(group=1, bank=1), read(bank=2)]
    assert done(probe(), banks)[-1] == (1 + 30) + 5 + 10 + DATA
    assert one_more("tfaw", banks) == 1
    assert one_more("tfaw", banks[:4]) == 0
    assert one_more("tfaw", banks, tfaw=15) == 0  # 1 + 4 x trrd_s = 17
    assert one_more("tfaw", banks, tfaw=16) == 1


def test_a_read_waits_twtr_l_after_the_last_beat_written_to_its_bank_group():
    """Rule D23."""
    mixed = [write(), read(column=1)]
    assert done(probe(), mixed, ONE_ROW, WARM)[-1] == (WARM + 1 + 7 + DATA + 6) + 10 + DATA
    assert one_more("twtr_l", mixed, ONE_ROW, WARM) == 1
    assert one_more("twtr_s", mixed, ONE_ROW, WARM) == 0


def test_a_read_waits_twtr_s_after_the_last_beat_written_to_another_bank_group():
    """Rule D23."""
    mixed = [write(), read(group=1)]
    assert done(probe(), mixed, TWO_GROUPS, WARM)[-1] == (WARM + 1 + 7 + DATA + 3) + 10 + DATA
    assert one_more("twtr_s", mixed, TWO_GROUPS, WARM) == 1
    assert one_more("twtr_l", mixed, TWO_GROUPS, WARM) == 0


def test_a_write_after_a_read_leaves_the_data_bus_idle_for_the_turnaround():
    """Rule D24."""
    mixed = [read(), write(column=1)]
    data_read = WARM + 1 + 10 + DATA
    assert done(probe(), mixed, ONE_ROW, WARM) == [data_read, data_read + 2 + DATA]
    assert one_more("turnaround", mixed, ONE_ROW, WARM) == 1
    assert one_more("turnaround", [read(), read(column=1)], ONE_ROW, WARM) == 0


@pytest.mark.parametrize(("first", "second"), [(read, read), (read, write), (write, read)])
def test_data_of_two_ranks_are_trtrs_apart(first, second):
    """Rule D25."""
    mixed = [first(), second(rank=1)]
    earlier, later = done(probe(), mixed, TWO_RANKS, WARM)
    assert later - DATA - earlier == 2
    assert one_more("trtrs", mixed, TWO_RANKS, WARM) == 1


def test_writes_to_two_ranks_follow_each_other_at_once():
    """Rule D25."""
    mixed = [write(), write(rank=1)]
    earlier, later = done(probe(), mixed, TWO_RANKS, WARM)
    assert later - DATA == earlier
    assert one_more("trtrs", mixed, TWO_RANKS, WARM) == 0


def test_precharges_of_a_rank_are_tppd_apart():
    """Rule D26."""
    misses = [read(row=1), read(row=1, group=1)]
    close = {"trrd_s": 1, "trrd_l": 1}
    assert done(probe(**close), misses, TWO_GROUPS, WARM)[-1] == (WARM + 1 + 3) + 6 + 5 + 10 + DATA
    assert one_more("tppd", misses, TWO_GROUPS, WARM, **close) == 1
    two_ranks = [read(row=1), read(row=1, rank=1)]
    assert one_more("tppd", two_ranks, TWO_RANKS, WARM, **close) == 0


def test_a_refresh_falls_due_every_trefi():
    """Rules D28 and D31."""
    trefi = 1000
    device = probe(ranks=1, trefi=trefi)
    in_time = done(device, [read()], ONE_ROW, trefi - 2)
    assert in_time == [trefi - 1 + 10 + DATA]  # its command goes in the clock before
    late = done(device, [read()], ONE_ROW, trefi - 1)
    assert late == [trefi + 6 + 60 + 5 + 10 + DATA]  # precharge, refresh, activate, read
    assert done(probe(ranks=1, trefi=trefi + 1), [read()], ONE_ROW, trefi - 1) == [trefi + 10 + DATA]


def test_refreshes_of_the_ranks_take_turns():
    """Rule D28."""
    device = probe(trefi=2000)  # rank 0 at 1000, rank 1 at 2000
    near = 999
    assert done(device, [read()], TWO_RANKS, near) == [1000 + 6 + 60 + 5 + 10 + DATA]
    assert done(device, [read(rank=1)], TWO_RANKS, near)[0] == 1001 + 10 + DATA  # the bus is taken once
    assert done(device, [read(rank=1)], TWO_RANKS, near + 1000) == [2000 + 6 + 60 + 5 + 10 + DATA]


def test_a_row_opens_trfc_after_a_refresh():
    """Rule D27."""
    changes = {"ranks": 1, "trefi": 1000}
    assert one_more("trfc", [read()], begin=999, **changes) == 1
    assert one_more("trfc", [read()], begin=1059, **changes) == 1  # would be activated at 1060
    assert one_more("trfc", [read()], begin=1060, **changes) == 0


def test_refreshes_in_idle_time_happen_at_their_time():
    """Rule D7."""
    device = probe(ranks=1, trefi=1000)
    # Those at 1000, 2000, ..., 5000 are over; they have closed the row.
    assert done(device, [read()], ONE_ROW, 5500) == [5500 + 1 + 5 + 10 + DATA]
