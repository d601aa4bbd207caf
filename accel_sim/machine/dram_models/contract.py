"""What a model of DRAM says: a machine's ``dram`` section and its path to SMEM; the models by name."""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pydantic import PrivateAttr

from accel_sim.machine import dram_models as folder
from accel_sim.machine.section import Section
from workloads.inputs.parts import find_part, part_names

if TYPE_CHECKING:
    from accel_sim.dram.device import Device
    from accel_sim.machine.sections import Machine


class Transfer(NamedTuple):
    """The path between DRAM and SMEM's port, as one: what tiles, bounds, counters and kernels need of it."""

    burst_bytes: int
    bytes_per_cycle: Fraction  # what flows when nothing waits; without a device a whole number
    latency_cycles: int = 0  # of a load, from its last byte on the path until it is there
    device: Device | None = None  # whose commands are timed one by one; else bursts just flow, in order
    cycles_per_clock: Fraction = Fraction(1)  # of the device

    @property
    def whole_rate(self) -> int:
        """Bytes a cycle of a path without a device."""
        assert self.bytes_per_cycle.denominator == 1, "expected a whole number of bytes a cycle"
        return self.bytes_per_cycle.numerator

    @property
    def bursts(self) -> int:
        """Bursts that the DRAM holds, where it matters where things lie; else 0."""
        return 0 if self.device is None else self.device.bursts

    def cycles(self, size: int) -> int:
        """The least cycles in which ``size`` bytes pass."""
        return -(-size * self.bytes_per_cycle.denominator // self.bytes_per_cycle.numerator)


class DramModel(Section):
    """The ``dram`` section; a model's file has one of this class, called ``Dram``.

    Its ``model`` is the name of its file, as a ``Literal``. A model with a device's file has a field
    ``device`` for it: a name of ``hw_configs/dram``, or a path.
    """

    model: str
    _device: Device | None = PrivateAttr(default=None)

    @abstractmethod
    def transfer(self, machine: Machine) -> Transfer:
        """The path on a machine, from its clock and its port of SMEM (rules 20 and 28)."""

    @property
    def device_file(self) -> str | None:
        """Name or path of the device's file; None for a model that has none."""
        found: str | None = getattr(self, "device", None)
        return found

    @property
    def loaded(self) -> Device | None:
        """The device itself, filled in by :func:`accel_sim.load_machine`; None for a model that has none."""
        return self._device

    def with_device(self, device: Device) -> Self:
        """A copy that has its device at hand."""
        copy = self.model_copy()
        copy._device = device
        return copy


@cache
def dram_models() -> dict[str, type[DramModel]]:
    """Name -> section, of each model's file."""
    return {name: find_part(folder, name, "dram.model").Dram for name in part_names(folder)}


def model_of(section: Any) -> str:
    """The model that a ``dram`` section as a file says it, or one that is made, is of.

    One that names none is of the model whose field has a default; so is whatever is no section, as that
    model's fields say what is wrong with it.
    """
    default = next(
        name for name, dram in dram_models().items() if not dram.model_fields["model"].is_required()
    )
    found: str = (
        section.get("model", default) if isinstance(section, dict) else getattr(section, "model", default)
    )
    return found
