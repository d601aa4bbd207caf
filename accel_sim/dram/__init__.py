"""DRAM with channels, banks and rows: device files, and streams of requests (docs/machine/dram.md)."""

from accel_sim.dram.device import Device, Timing, load_device
from accel_sim.dram.stream import DramStream, dram_stream

__all__ = ["Device", "DramStream", "Timing", "dram_stream", "load_device"]
