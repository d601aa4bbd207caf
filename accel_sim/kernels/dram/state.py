"""Compiled: the fields of a DRAM's device and of its state, and a new state (docs/machine/dram.md).

The state is one flat int64 array of records, which refer to each other by their index: a view of a
part of an array costs numba more than all that is done with it.
"""

from __future__ import annotations

import numpy as np

from accel_sim.kernels.jit import kernel
from workloads.kernels.types import Ints, Records, record_of

NEVER = 2**62
NO_ROW = -1

# The numbers of a device, as accel_sim/dram/numbers.py writes them.
DEVICE = record_of(
    "channels",
    "ranks",  # of a channel
    "bank_groups",  # of a rank
    "banks_per_group",
    # Of a field of the address there are its lowest bit and a mask.
    "channel_shift",
    "rank_shift",
    "bank_group_shift",
    "bank_shift",
    "row_shift",
    "row_mask",
    # Clocks, as the timings of a device are called.
    "burst_clocks",
    "cl",
    "cwl",
    "trcd",
    "trp",
    "tras",
    "trtp",
    "twr",
    "tccd_s",
    "tccd_l",
    "trrd_s",
    "trrd_l",
    "tfaw",
    "twtr_s",
    "twtr_l",
    "turnaround",
    "trtrs",
    "tppd",
    "trefi",
    "trfc",
    # What a channel holds and does.
    "window",
    "bank_queue",
    "row_limit",
    "offers_per_clock",
    "two_buses",
)

# The head of the state: the clock that comes next, what was counted, where the records begin.
CLOCK, ACTIVATED, ROW_HITS, REFRESHES, CHANNELS_AT, BANKS_AT = range(6)
HEAD_FIELDS = 6
# A channel: the clock at which its next refresh falls due and the index of the rank that gets it, the bank
# that had a command last, clocks before which it has no command to issue and no request to move, writes to
# drain, banks with requests and where these are listed. Two windows follow, of reads and of writes.
REFRESH_AT, REFRESH_RANK, LAST_BANK, COMMAND_AT, MOVE_AT, DRAINING, ACTIVE, ACTIVE_AT = range(8)
WINDOWS = 8
# A window: where its ring begins, the place of its oldest request in there, how many it holds, how many of
# these, from the oldest on, are known to be blocked, and the bank that gave up a request since (0: none).
RING_AT, OLDEST, COUNT, BLOCKED, FREED = range(5)
WINDOW_FIELDS = 5
CHANNEL_FIELDS = WINDOWS + 2 * WINDOW_FIELDS
# A rank: first clocks for an activate, a read, a write and a precharge; its first bank and the rank that is
# refreshed after it; which of its last four activates is the oldest, and when the window of each ends.
NEXT_ACTIVATE, NEXT_READ, NEXT_WRITE, NEXT_PRECHARGE, FIRST_BANK, NEXT_RANK, OLDEST_ACTIVATE, ACTIVATES = (
    range(8)
)
RANK_FIELDS = 12
GROUP_FIELDS = 3  # the first three of these, for a bank group
# A bank: its row, first clocks for commands to it, column commands since its activate, its rank and its
# group, where its queue begins, how many requests that holds, and the places of the first of them that
# read and write the open row (-1 for none).
OPEN_ROW, BANK_ACTIVATE, BANK_PRECHARGE, BANK_COLUMN, COLUMNS, RANK, GROUP = range(7)
QUEUE_AT, QUEUED, FIRST_READ, FIRST_WRITE = range(7, 11)
BANK_FIELDS = 11
# A waiting request: its place in the batch, its bank, its row, whether it writes.
REQUEST, BANK, ROW, WRITES = range(4)
REQUEST_FIELDS = 4


@kernel
def new_state(devices: Records) -> Ints:
    """A DRAM at clock 0: every row closed, nothing waiting.

    Args:
        devices: [1], as :data:`DEVICE` says.
    """
    device = devices[0]
    channels, groups, per_group = device.channels, device.bank_groups, device.banks_per_group
    ranks = channels * device.ranks
    banks = ranks * groups * per_group
    ranks_at = HEAD_FIELDS + channels * CHANNEL_FIELDS
    groups_at = ranks_at + ranks * RANK_FIELDS
    banks_at = groups_at + ranks * groups * GROUP_FIELDS
    active_at = banks_at + banks * BANK_FIELDS
    queues_at = active_at + banks
    rings_at = queues_at + banks * device.bank_queue * REQUEST_FIELDS
    ring = device.window * REQUEST_FIELDS
    state = np.zeros(rings_at + channels * 2 * ring, np.int64)
    state[CHANNELS_AT], state[BANKS_AT] = HEAD_FIELDS, banks_at
    for c in range(channels):
        dram_channel = HEAD_FIELDS + c * CHANNEL_FIELDS
        state[dram_channel + REFRESH_AT] = device.trefi // device.ranks
        state[dram_channel + REFRESH_RANK] = ranks_at + c * device.ranks * RANK_FIELDS
        state[dram_channel + ACTIVE_AT] = active_at + c * (banks // channels)
        for w in range(2):
            state[dram_channel + WINDOWS + w * WINDOW_FIELDS + RING_AT] = rings_at + (2 * c + w) * ring
    for r in range(ranks):
        following = r + 1 if (r + 1) % device.ranks else r + 1 - device.ranks
        state[ranks_at + r * RANK_FIELDS + NEXT_RANK] = ranks_at + following * RANK_FIELDS
        state[ranks_at + r * RANK_FIELDS + FIRST_BANK] = banks_at + r * groups * per_group * BANK_FIELDS
    for b in range(banks):
        bank = banks_at + b * BANK_FIELDS
        state[bank + OPEN_ROW] = NO_ROW
        state[bank + FIRST_READ], state[bank + FIRST_WRITE] = -1, -1
        state[bank + GROUP] = groups_at + b // per_group * GROUP_FIELDS
        state[bank + RANK] = ranks_at + b // (per_group * groups) * RANK_FIELDS
        state[bank + QUEUE_AT] = queues_at + b * device.bank_queue * REQUEST_FIELDS
    return state
