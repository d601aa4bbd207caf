"""Models of DRAM, stepped: one file each, of the same name as in :mod:`accel_sim.machine.dram_models`."""
