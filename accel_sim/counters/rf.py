"""rf: accumulators in the register file."""

from accel_sim.counters.contract import Counter

ORDER = 4
COUNTERS = (
    Counter("rf_read_bytes", "bytes", "rf", "rf_read_byte", "accumulators read"),
    Counter("rf_write_bytes", "bytes", "rf", "rf_write_byte", "accumulators written"),
)
