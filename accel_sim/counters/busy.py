"""busy: what each memory would take for its bytes alone."""

from accel_sim.counters.contract import Counter

ORDER = 7
COUNTERS = (
    Counter("smem_busy_cycles", "cycles", "", "", "that SMEM's read port needs for its bytes alone"),
    Counter("dram_busy_cycles", "cycles", "", "", "that the DRAM channel needs for its bytes alone"),
)
