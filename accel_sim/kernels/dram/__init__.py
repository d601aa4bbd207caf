"""A banked DRAM: its commands in time (docs/dram_model.md)."""
