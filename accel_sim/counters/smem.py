"""smem: bytes through the ports of SMEM."""

from accel_sim.counters.contract import Counter

ORDER = 5
COUNTERS = (
    Counter("smem_read_bytes", "bytes", "smem", "smem_read_byte", "activations, weights and outputs read"),
    Counter("smem_write_bytes", "bytes", "smem", "smem_write_byte", "tiles and outputs written"),
    Counter("smem_metadata_read_bytes", "bytes", "smem", "smem_metadata_read_byte", "metadata read"),
    Counter("smem_metadata_write_bytes", "bytes", "smem", "smem_metadata_write_byte", "metadata written"),
)
