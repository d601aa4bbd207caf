"""A banked DRAM, stepped clock by clock (docs/dram_model.md)."""
