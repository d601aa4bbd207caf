"""One row of counters from what the stepped machine saw (rules 29 to 36)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from accel_sim.counters import NAMES, derive
from accel_sim.machine import Machine
from accel_sim.reference.array import Array
from accel_sim.reference.timeline.play import SLOTS, SteppedMachine


def count_run(stepped: SteppedMachine, array: Array, machine: Machine) -> npt.NDArray[np.int64]:
    """Every counter of :data:`accel_sim.counters.NAMES`, int64 [COUNT]."""
    traffic, filed, word = stepped.traffic, stepped.filed, machine.word_bytes
    port_bytes = stepped.words_read * word
    row = {
        "cycles": stepped.cycles,
        "compute_cycles": stepped.balanced,
        "stall_imbalance_cycles": filed[SLOTS] - stepped.balanced,
        **{name: filed[name] for name in filed if name != SLOTS},
        **array.counts,
        "smem_read_bytes": port_bytes + traffic.output_bytes,
        "smem_write_bytes": traffic.read_bytes - traffic.metadata_bytes + stepped.write_back.written_bytes,
        "smem_metadata_read_bytes": -(-stepped.metadata_bits_read // 8),
        "smem_metadata_write_bytes": traffic.metadata_bytes,
        "dram_read_bytes": traffic.read_bytes,
        "dram_write_bytes": traffic.write_bytes,
        "metadata_bytes": traffic.metadata_bytes,
        "smem_busy_cycles": -(
            -(8 * port_bytes + stepped.metadata_bits_read) // (8 * machine.smem.bandwidth_bytes_per_cycle)
        ),
        "dram_busy_cycles": machine.transfer.cycles(traffic.read_bytes + traffic.write_bytes),
        "dram_activates": traffic.transfer.activates,
    }
    assert row.keys() <= set(NAMES), "a counter that is not declared"
    return derive(np.array([row.get(name, 0) for name in NAMES], np.int64))
