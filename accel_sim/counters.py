"""Every statistic of a run, declared once: name, unit, what an action of it costs, one sentence.

Columns of the result table, energy and the documentation derive from :data:`COUNTERS`; kernels
write into an int64 array at the indices below.
"""

from __future__ import annotations

from typing import NamedTuple


class Counter(NamedTuple):
    """One statistic of a layer."""

    name: str
    unit: str
    component: str  # whose energy it is; empty: costs none
    action: str  # name of the energy per unit in the energy table; empty: costs none
    meaning: str


COUNTERS = (
    Counter("cycles", "cycles", "", "", "from the first DRAM request to the last output in DRAM"),
    Counter("compute_cycles", "cycles", "", "", "in which the array would work if its cores were balanced"),
    Counter("stall_dram_cycles", "cycles", "", "", "lost waiting for a tile from DRAM"),
    Counter("stall_smem_bandwidth_cycles", "cycles", "", "", "lost because SMEM was asked for too much"),
    Counter("stall_bank_conflict_cycles", "cycles", "", "", "lost because one bank of SMEM was asked twice"),
    Counter("stall_imbalance_cycles", "cycles", "", "", "lost waiting for the core with the most work"),
    Counter("stall_fill_drain_cycles", "cycles", "", "", "before the first and after the last column"),
    Counter("stall_writeback_cycles", "cycles", "", "", "lost waiting for accumulators to be written back"),
    Counter("macs", "count", "", "", "effectual: surviving weights x output columns"),
    Counter(
        "issued_macs", "count", "mac", "mac", "done by multipliers, with zeros that the mode cannot skip"
    ),
    Counter("gated_macs", "count", "mac", "mac_gated", "not done: a weight or an activation was zero"),
    Counter("idle_lane_cycles", "count", "", "", "lanes without a weight while the array works"),
    Counter("lrf_reads", "words", "lrf", "lrf_read", "weights read beside their multipliers"),
    Counter("lrf_writes", "words", "lrf", "lrf_write", "weights brought beside their multipliers"),
    Counter("lrf_metadata_reads", "words", "lrf", "lrf_metadata_read", "offsets that set a mux"),
    Counter("rf_read_bytes", "bytes", "rf", "rf_read_byte", "accumulators read"),
    Counter("rf_write_bytes", "bytes", "rf", "rf_write_byte", "accumulators written"),
    Counter("smem_read_bytes", "bytes", "smem", "smem_read_byte", "activations, weights and outputs read"),
    Counter("smem_write_bytes", "bytes", "smem", "smem_write_byte", "tiles and outputs written"),
    Counter("smem_metadata_read_bytes", "bytes", "smem", "smem_metadata_read_byte", "metadata read"),
    Counter("smem_metadata_write_bytes", "bytes", "smem", "smem_metadata_write_byte", "metadata written"),
    Counter("dram_read_bytes", "bytes", "dram", "dram_read_byte", "whole bursts, metadata included"),
    Counter("dram_write_bytes", "bytes", "dram", "dram_write_byte", "whole bursts"),
    Counter("dram_activates", "count", "", "", "rows that a banked DRAM opened"),
    Counter("metadata_bytes", "bytes", "", "", "part of the DRAM reads that is no value"),
    Counter("smem_busy_cycles", "cycles", "", "", "that SMEM's read port needs for its bytes alone"),
    Counter("dram_busy_cycles", "cycles", "", "", "that the DRAM channel needs for its bytes alone"),
)

NAMES = tuple(counter.name for counter in COUNTERS)
COUNT = len(COUNTERS)
COMPONENTS = tuple(dict.fromkeys(c.component for c in COUNTERS if c.component))
STALLS = tuple(name for name in NAMES if name.startswith("stall_"))

CYCLES = NAMES.index("cycles")
COMPUTE = NAMES.index("compute_cycles")
STALL_DRAM = NAMES.index("stall_dram_cycles")
STALL_SMEM = NAMES.index("stall_smem_bandwidth_cycles")
STALL_BANK = NAMES.index("stall_bank_conflict_cycles")
STALL_IMBALANCE = NAMES.index("stall_imbalance_cycles")
STALL_FILL_DRAIN = NAMES.index("stall_fill_drain_cycles")
STALL_WRITEBACK = NAMES.index("stall_writeback_cycles")
MACS = NAMES.index("macs")
ISSUED_MACS = NAMES.index("issued_macs")
GATED_MACS = NAMES.index("gated_macs")
IDLE_LANES = NAMES.index("idle_lane_cycles")
LRF_READS = NAMES.index("lrf_reads")
LRF_WRITES = NAMES.index("lrf_writes")
LRF_METADATA_READS = NAMES.index("lrf_metadata_reads")
RF_READ = NAMES.index("rf_read_bytes")
RF_WRITE = NAMES.index("rf_write_bytes")
SMEM_READ = NAMES.index("smem_read_bytes")
SMEM_WRITE = NAMES.index("smem_write_bytes")
SMEM_METADATA_READ = NAMES.index("smem_metadata_read_bytes")
SMEM_METADATA_WRITE = NAMES.index("smem_metadata_write_bytes")
DRAM_READ = NAMES.index("dram_read_bytes")
DRAM_WRITE = NAMES.index("dram_write_bytes")
DRAM_ACTIVATES = NAMES.index("dram_activates")
METADATA = NAMES.index("metadata_bytes")
SMEM_BUSY = NAMES.index("smem_busy_cycles")
DRAM_BUSY = NAMES.index("dram_busy_cycles")
