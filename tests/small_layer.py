"""A layer and a machine small enough to fill SMEM with a pencil."""

from workloads import gemm_workload

# 8 channels x 12 positions x 20 pixels, bytes of one: m tiles of 2 channels, passes of 4 positions,
# output tiles of 5 pixels. A pass has 8 weights, an m tile 24, the layer 96; its ifmap has 240 bytes.
MASKED = gemm_workload(8, 12, 20, name="g").layers[0]
BASE = {
    **{"array.cores": 1, "array.rows": 2, "array.lanes": 4, "array.columns": 5},
    **{"dram.burst_bytes": 1, "smem.banks": None},
}
OUTPUTS = 2 * 2 * 5  # two output tiles
