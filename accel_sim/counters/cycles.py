"""cycles: when a layer is done, and where its cycles went."""

from accel_sim.counters.contract import Counter

ORDER = 1
COUNTERS = (
    Counter("cycles", "cycles", "", "", "from the first DRAM request to the last output in DRAM"),
    Counter("compute_cycles", "cycles", "", "", "in which the array would work if its cores were balanced"),
    Counter("stall_dram_cycles", "cycles", "", "", "lost waiting for a tile from DRAM"),
    Counter("stall_smem_bandwidth_cycles", "cycles", "", "", "lost because SMEM was asked for too much"),
    Counter("stall_bank_conflict_cycles", "cycles", "", "", "lost because one bank of SMEM was asked twice"),
    Counter("stall_imbalance_cycles", "cycles", "", "", "lost waiting for the core with the most work"),
    Counter("stall_fill_drain_cycles", "cycles", "", "", "before the first and after the last column"),
    Counter("stall_writeback_cycles", "cycles", "", "", "lost waiting for accumulators to be written back"),
)
