"""lrf: words and offsets beside the multipliers."""

from accel_sim.counters.contract import Counter

ORDER = 3
COUNTERS = (
    Counter("lrf_reads", "words", "lrf", "lrf_read", "weights read beside their multipliers", of_width=1),
    Counter(
        "lrf_writes", "words", "lrf", "lrf_write", "weights brought beside their multipliers", of_width=1
    ),
    Counter("lrf_metadata_reads", "words", "lrf", "lrf_metadata_read", "offsets that set a mux"),
)
