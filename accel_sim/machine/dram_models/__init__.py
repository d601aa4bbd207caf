"""Models of DRAM: one file each, of the same name here and in :mod:`accel_sim.reference.dram_models`."""
