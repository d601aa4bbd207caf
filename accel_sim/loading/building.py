"""A machine built from a document that was read, with its overrides: array, energy table, DRAM device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accel_sim.architectures import find_architecture
from accel_sim.dram.device import Device, load_device
from accel_sim.loading.energy import load_energy
from accel_sim.loading.extending import MachineDocument
from accel_sim.loading.overrides import apply_overrides, dram_help
from accel_sim.machine import Machine
from accel_sim.machine.energy import EnergyTable
from accel_sim.machine.shipped import beside
from workloads.inputs import InputError
from workloads.inputs.schema import validate


def build_machine(
    document: MachineDocument,
    overrides: Mapping[str, Any],
    origin: Callable[[str], str],
    overridden_in: Path | None = None,
    read_energy: Callable[[str], EnergyTable] | None = None,
    read_device: Callable[[str], Device] | None = None,
) -> Machine:
    """The machine of a file that has been read, as :func:`accel_sim.load_machine`.

    Args:
        origin: where the override of a field comes from (of ``""``: all of them), for errors.
        overridden_in: the file that overrides, from whose folder paths in overrides start; if not given,
            from where the process stands. Others start from the folder of the file that says them.
        read_energy, read_device: what reads tables and devices, if many machines share them.

    Raises:
        InputError: as :func:`accel_sim.load_machine`; ``path`` says which field. What is wrong without any
            override is said of the file, what is wrong with them of their origin.
    """
    try:
        return _Builder(document, overrides, origin, overridden_in).build(
            read_energy or load_energy, read_device or load_device
        )
    except InputError:
        if overrides:
            build_machine(document, {}, origin)
        raise


@dataclass(frozen=True)
class _Builder:
    document: MachineDocument
    overrides: Mapping[str, Any]
    origin: Callable[[str], str]
    overridden_in: Path | None

    def build(
        self, read_energy: Callable[[str], EnergyTable], read_device: Callable[[str], Device]
    ) -> Machine:
        data = apply_overrides(self.document, self.overrides, self.origin)
        try:
            machine = validate(Machine, data, self.where)
        except InputError as error:
            raise InputError(f"{error}{dram_help(error.path, self.overrides, data)}", error.path) from None
        with self._placed("architecture"):
            architecture = find_architecture(machine.architecture)
        # Default values of the array are filled in, so that what runs is what is shown.
        array = validate(architecture.Array, machine.array, self.where, "array")
        with self._placed("energy"):
            table = read_energy(self._resolved(machine.energy, "energy"))
        machine = machine.with_parts(
            array.model_dump(), table.of_words(machine.word_bytes), self.document.path.stem
        )
        if machine.dram.device_file is not None:
            with self._placed("dram.device"):
                device = read_device(self._resolved(machine.dram.device_file, "dram.device", "dram"))
            machine = machine.model_copy(update={"dram": machine.dram.with_device(device)})
            self._require_port(machine, device)
        return machine

    def where(self, path: str) -> str:
        """The place of a field: in the file, or where overrides come from if there are any.

        Of several that is the one of the field, or one inside it: fields that contradict each other.
        """
        if not self.overrides:
            return self.document.where(path)
        over = [field for field in self.overrides if path == field or path.startswith(f"{field}.")]
        inside = [field for field in self.overrides if path and field.startswith(f"{path}.")]
        return self.origin((over or inside or [""])[0])

    def _resolved(self, name: str, *fields: str) -> str:
        overridden = any(field in self.overrides for field in fields)
        file = self.overridden_in if overridden else self.document.file_of(fields[0])
        return beside(file, name) if file else name

    @contextmanager
    def _placed(self, path: str) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            raise InputError(f"{self.where(path)}: {error}", path) from None

    def _require_port(self, machine: Machine, device: Device) -> None:
        """SMEM's port has to keep up with a banked DRAM (rule 28)."""
        peak = machine.transfer.bytes_per_cycle
        if peak > machine.smem.bandwidth_bytes_per_cycle:
            field = "smem.bandwidth_bytes_per_cycle"
            raise InputError(
                f"{self.where(field)}: {field}: expected at least the peak of {device.name},"
                f" {float(peak):g} a cycle, got {machine.smem.bandwidth_bytes_per_cycle}",
                "smem",  # of the section: the device may as well be the one that is wrong
            )
