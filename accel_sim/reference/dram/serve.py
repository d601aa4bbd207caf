"""Stepped: all channels of a DRAM and their batches of requests, in turn (docs/machine/dram.md)."""

from __future__ import annotations

from typing import NamedTuple

from accel_sim.dram.device import Device
from accel_sim.reference.dram.commands import Place
from accel_sim.reference.dram.issue import DramChannel, Request


class Batch(NamedTuple):
    """When a batch of requests was over, stepped."""

    free: int  # first clock of the next batch
    finish: list[int]  # clock at which each request is done


class SteppedDram:
    """All DRAM channels of a device, stepped."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.dram_channels = [DramChannel(device) for _ in range(device.channels)]
        self.clock = 0  # that comes next
        self._requests: list[
            tuple[int, Request]
        ] = []  # of the batch under way, with the numbers of their DRAM channels
        self._offered = 0

    @property
    def activates(self) -> int:
        """Rows opened in all DRAM channels."""
        return sum(dram_channel.activates for dram_channel in self.dram_channels)

    def begin(self, bursts: list[int], is_write: list[bool]) -> None:
        """Offer a batch from the next clock on; nothing may be under way."""
        self._requests = [
            self._decode(i, burst, write)
            for i, (burst, write) in enumerate(zip(bursts, is_write, strict=True))
        ]
        self._offered = 0
        for dram_channel in self.dram_channels:
            dram_channel.issued.clear()

    def tick(self) -> Batch | None:
        """Step one clock; the batch if it is over with it."""
        busy = bool(self._requests)
        for _ in range(self._device.offers_per_clock):  # D9
            if self._offered == len(self._requests):
                break
            number, request = self._requests[self._offered]
            if not self.dram_channels[number].accepts(request.is_write):
                break
            self.dram_channels[number].enter(request)
            self._offered += 1
        for dram_channel in self.dram_channels:
            dram_channel.tick(self.clock)
        self.clock += 1
        issued = {index: t for dram_channel in self.dram_channels for index, t in dram_channel.issued.items()}
        if not busy or len(issued) < len(self._requests):
            return None
        timing, burst = self._device.timing, self._device.burst_clocks
        finish = [
            issued[r.index] + (timing.cwl if r.is_write else timing.cl) + burst for _, r in self._requests
        ]
        self._requests, self._offered = [], 0
        return Batch(self.clock, finish)  # D6

    def serve(self, bursts: list[int], is_write: list[bool], begin: int) -> Batch:
        """A whole batch, offered from clock ``begin`` on."""
        while self.clock < begin:
            self.tick()
        if not bursts:
            return Batch(self.clock, [])
        self.begin(bursts, is_write)
        while True:
            batch = self.tick()
            if batch is not None:
                return batch

    def _decode(self, index: int, burst: int, is_write: bool) -> tuple[int, Request]:
        """The number of a burst's DRAM channel, and the request there (D2)."""
        device = self._device
        found = {}
        for name in reversed(device.address_fields):
            burst, found[name] = divmod(burst, device.field_sizes[name])
        place = Place(found["rank"], found["bank_group"], found["bank"])
        return found["channel"], Request(index, place, found["row"], is_write)
