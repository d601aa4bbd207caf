"""DRAM, SMEM and the array, stepped cycle by cycle (rules 13 to 29)."""
