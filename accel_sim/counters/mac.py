"""mac: multiplications, those that were saved, and lanes that stood empty."""

from accel_sim.counters.contract import Counter

ORDER = 2
COUNTERS = (
    Counter("macs", "count", "", "", "effectual: surviving weights x output columns"),
    Counter(
        "issued_macs",
        "count",
        "mac",
        "mac",
        "done by multipliers, with zeros that the mode cannot skip",
        of_width=2,
    ),
    Counter(
        "gated_macs", "count", "mac", "mac_gated", "not done: a weight or an activation was zero", of_width=2
    ),
    Counter("idle_lane_cycles", "count", "", "", "lanes without a weight while the array works"),
)
