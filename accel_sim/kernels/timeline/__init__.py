"""Compiled: DRAM, SMEM and the array in time (rules 13 to 29)."""
