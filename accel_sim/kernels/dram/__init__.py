"""Compiled: a banked DRAM, its commands in time (docs/machine/dram.md)."""
