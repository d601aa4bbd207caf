"""Machines, the families that they extend, DRAM devices, energy tables and sweeps: data only."""
