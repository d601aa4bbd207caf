"""A banked DRAM, stepped clock by clock (docs/machine/dram.md)."""
