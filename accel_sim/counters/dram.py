"""dram: bytes between DRAM and SMEM, and the rows that are opened for them."""

from accel_sim.counters.contract import Counter

ORDER = 6
COUNTERS = (
    Counter("dram_read_bytes", "bytes", "dram", "dram_read_byte", "whole bursts, metadata included"),
    Counter("dram_write_bytes", "bytes", "dram", "dram_write_byte", "whole bursts"),
    Counter("dram_activates", "count", "", "", "rows that a banked DRAM opened"),
    Counter("metadata_bytes", "bytes", "", "", "part of the DRAM reads that is no value"),
)
