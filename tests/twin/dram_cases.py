"""Small DRAMs and streams of requests, for holding the two engines against each other."""

from __future__ import annotations

from accel_sim.dram.device import Device, Timing
from accel_sim.verify.layers import Pick

FIELDS = (
    ("row", "channel", "rank", "bank", "bank_group", "column"),
    ("row", "rank", "bank", "bank_group", "channel", "column"),
    ("channel", "rank", "row", "column", "bank", "bank_group"),
)


def make_device(pick: Pick, most_channels: int = 4) -> Device:
    """A device whose rows, queues and timings are small enough for all of them to bind."""
    trcd, tccd_s, trrd_s, twtr_s = pick((1, 2, 5)), pick((1, 2, 4)), pick((1, 3)), pick((1, 3))
    ranks, groups, banks = pick((1, 1, 2)), pick((1, 2)), pick((1, 2))
    timing = {
        "cl": pick((1, 4, 7)),
        "cwl": pick((1, 3, 8)),
        "trcd": trcd,
        "trp": pick((1, 4)),
        "tras": trcd + pick((0, 3, 9)),
        "trtp": pick((1, 3)),
        "twr": pick((1, 6)),
        "tccd_s": tccd_s,
        "tccd_l": tccd_s + pick((0, 2)),
        "trrd_s": trrd_s,
        "trrd_l": trrd_s + pick((0, 2)),
        "tfaw": trrd_s + pick((0, 4, 15)),
        "twtr_s": twtr_s,
        "twtr_l": twtr_s + pick((0, 3)),
        "turnaround": pick((0, 1, 3)),
        "trtrs": pick((0, 1, 2)),
        "tppd": pick((0, 1, 2)),
        "trefi": pick((250, 400, 1000)),
        "trfc": pick((1, 10, 40)),
    }
    return Device(
        name="tiny",
        description="",
        source="drawn",
        tck_ps=pick((830, 1000, 1250, 333)),
        channels=pick([c for c in (1, 1, 2, 4) if c <= most_channels]),
        ranks=ranks,
        bank_groups=groups,
        banks_per_group=banks,
        rows=pick((2, 8)),
        row_bytes=pick((8, 32)),
        bus_bits=8,
        burst_length=pick((4, 8)),
        address_fields=pick(FIELDS),
        command_buses=pick((1, 1, 2)),
        offers_per_clock=pick((1, 1, 3)),
        window=pick((1, 3, 8)),
        bank_queue=pick((1, 2, 4)),
        row_limit=pick((1, 4)),
        timing=Timing(**timing),
    )
