"""A DRAM device: one YAML file of ``hw_configs/dram``, its shape and its timing."""

from __future__ import annotations

import os
from fractions import Fraction
from math import prod
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from accel_sim.machine.section import Free, Section
from accel_sim.machine.shipped import find_config
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import load_yaml

MOST_CLOCKS = 10**6  # of a timing: far beyond any DRAM, and no sum leaves int64
AddressField = Literal["row", "channel", "rank", "bank_group", "bank", "column"]


def _power_of_two(value: int) -> int:
    if value & (value - 1):
        raise ValueError(f"expected a power of two, got {value}")
    return value


Clocks = Annotated[int, Field(ge=0, le=MOST_CLOCKS)]
Delay = Annotated[int, Field(ge=1, le=MOST_CLOCKS)]
Power = Annotated[int, Field(ge=1, le=2**30), AfterValidator(_power_of_two)]


class Timing(Section):
    """Clocks between commands, by their JEDEC names; rules D18 to D28 say between which."""

    cl: Delay = Field(description="read to its first beat")
    cwl: Delay = Field(description="write to its first beat")
    trcd: Delay = Field(description="activate to column command")
    trp: Delay = Field(description="precharge to activate")
    tras: Delay = Field(description="activate to precharge")
    trtp: Delay = Field(description="read to precharge")
    twr: Delay = Field(description="last beat written to precharge")
    tccd_s: Delay = Field(description="column to column command, other bank group")
    tccd_l: Delay = Field(description="the same, same bank group")
    trrd_s: Delay = Field(description="activate to activate, other bank group")
    trrd_l: Delay = Field(description="the same, same bank group")
    tfaw: Delay = Field(description="first to fifth activate of a rank")
    twtr_s: Delay = Field(description="last beat written to read, other bank group")
    twtr_l: Delay = Field(description="the same, same bank group")
    turnaround: Clocks = Field(description="idle data bus between a read and a write of a rank")
    trtrs: Clocks = Field(description="idle data bus between ranks")
    tppd: Clocks = Field(description="precharge to precharge of a rank")
    trefi: Delay = Field(description="refresh to refresh of a rank")
    trfc: Delay = Field(description="refresh to activate")

    @model_validator(mode="after")
    def _fits_together(self) -> Timing:
        for longer, shorter in (
            ("tras", "trcd"),
            ("tccd_l", "tccd_s"),
            ("trrd_l", "trrd_s"),
            ("tfaw", "trrd_s"),
            ("twtr_l", "twtr_s"),
        ):
            least, got = getattr(self, shorter), getattr(self, longer)
            if got < least:
                raise ValueError(f"expected {longer} of at least {shorter}={least}, got {got}")
        return self


class Device(Section):
    """A DRAM: all its channels, with one timing."""

    name: Annotated[str, Free("a label")]  # of the device
    description: Annotated[str, Free("a label")]  # a sentence, which lists show
    source: Annotated[str, Free("a label")] = Field(description="where the numbers come from")
    tck_ps: int = Field(ge=1, le=10**6, description="picoseconds of a clock")
    channels: Power  # each has a bus of its own
    ranks: Power = Field(description="of a channel")
    bank_groups: Power = Field(description="of a rank")
    banks_per_group: Power  # each has a row open or none
    rows: Power = Field(description="of a bank")
    row_bytes: Power = Field(description="of a rank: all its chips side by side")
    bus_bits: Power = Field(description="width of a channel")
    burst_length: Power = Field(description="beats of a request, two a clock")
    address_fields: tuple[AddressField, ...] = Field(description="from the most significant to the least")
    command_buses: int = Field(1, ge=1, le=2, description="2: row and column commands have a bus each")
    offers_per_clock: int = Field(1, ge=1, le=2**10, description="requests that may enter in a clock")
    window: int = Field(32, ge=1, le=2**16, description="requests that a channel holds of each kind")
    bank_queue: int = Field(8, ge=1, le=2**16, description="requests that wait at a bank")
    row_limit: int = Field(
        4, ge=1, le=2**30, description="column commands after which others of a row wait for other rows"
    )
    timing: Timing

    @model_validator(mode="after")
    def _fits_together(self) -> Device:
        names = get_args(AddressField)
        if sorted(self.address_fields) != sorted(names):
            raise ValueError(
                f"expected address_fields with each of {', '.join(names)} once,"
                f" got {', '.join(self.address_fields)}"
            )
        if self.bus_bits < 8:
            raise ValueError(f"expected bus_bits of at least 8, got {self.bus_bits}")
        if self.burst_length < 2:
            raise ValueError(f"expected a burst_length of at least 2, got {self.burst_length}")
        if self.row_bytes < self.request_bytes:
            raise ValueError(
                f"expected row_bytes of at least a request, {self.request_bytes}, got {self.row_bytes}"
            )
        if self.bursts * self.request_bytes > 2**60:
            raise ValueError(f"expected at most 2^60 bytes, got {self.bursts * self.request_bytes}")
        # Else a rank could spend all its time on refreshes.
        timing, banks = self.timing, self.bank_groups * self.banks_per_group
        work = timing.trfc + timing.trcd + timing.tras + timing.cwl + self.burst_clocks + timing.twr
        least = self.ranks * (work + banks * max(1, timing.tppd) + timing.trp)
        if timing.trefi < least:
            raise ValueError(
                f"expected timing.trefi of at least {least}, in which every rank can be refreshed and serve"
                f" a request, got {timing.trefi}"
            )
        return self

    @property
    def request_bytes(self) -> int:
        """Bytes of a burst."""
        return self.bus_bits // 8 * self.burst_length

    @property
    def burst_clocks(self) -> int:
        """Clocks that a burst keeps the data bus: B of the rules."""
        return self.burst_length // 2

    @property
    def bursts(self) -> int:
        """Requests that the whole DRAM holds."""
        return prod(self.field_sizes.values())

    @property
    def peak_bytes_per_clock(self) -> Fraction:
        """What all channels move in a clock when nothing waits."""
        spacing = max(self.burst_clocks, self.timing.tccd_s)
        return self.request_bytes * min(Fraction(self.channels, spacing), Fraction(self.offers_per_clock))

    @property
    def field_sizes(self) -> dict[AddressField, int]:
        """How many values each field of an address has."""
        return {
            "row": self.rows,
            "channel": self.channels,
            "rank": self.ranks,
            "bank_group": self.bank_groups,
            "bank": self.banks_per_group,
            "column": self.row_bytes // self.request_bytes,
        }


def load_device(name_or_path: str | os.PathLike[str]) -> Device:
    """A device by the name of its file in ``hw_configs/dram``, or by a path.

    Raises:
        InputError: ``file:line: path: expected ..., got ...``, for an unknown name or anything wrong.
    """
    document = load_yaml(find_config("dram", name_or_path))
    return validate(Device, document.data, document.where)
