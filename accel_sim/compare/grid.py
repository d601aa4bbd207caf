"""A sweep file: its workloads, machines and varied fields, and the points of its grid one after another."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from math import prod
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

import accel_sim
import workloads
from accel_sim.compare.labels import require_distinct
from accel_sim.dram.device import load_device
from accel_sim.loading.building import build_machine
from accel_sim.loading.energy import load_energy
from accel_sim.loading.extending import MachineDocument
from accel_sim.loading.reading import machine_document
from accel_sim.machine import Machine
from accel_sim.machine.section import Section
from accel_sim.machine.shipped import beside, find_config
from workloads.asked import Asked, about
from workloads.inputs import InputError
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import YamlDocument, load_yaml
from workloads.kernels.jit import source_hash
from workloads.workload import Workload, load_workload

MOST_POINTS = 1_000_000  # of a grid that nobody has said yes to
_LOOKED_AT = 1_000  # values of a field, before anything runs; the others when they are reached


class SweptWorkload(Section):
    """A network under a pattern, or the file of a pruned network."""

    network: str | None = Field(None, description="name or path of a table")
    file: str | None = Field(None, description="path of a pruned network")
    pattern: str | None = Field(Asked.pattern, description=about("pattern"))
    seed: int = Field(0, ge=0, description=about("seed"))
    batch: int = Field(Asked.batch, ge=1, description=about("batch"))
    activation_density: float | None = Field(
        Asked.activation_density, ge=0, le=1, description=about("activation_density")
    )
    exempt: str | None = Field(Asked.exempt, description=about("exempt"))

    @model_validator(mode="after")
    def _one_source(self) -> SweptWorkload:
        if (self.network is None) == (self.file is None):
            raise ValueError("expected either network or file, got both or neither")
        if self.file is not None and "seed" in self.model_fields_set:
            raise ValueError("expected no seed beside a file, which has masks")
        return self

    def load(self, sweep_file: Path) -> Workload:
        """The workload itself; a path in it starts from the folder of the sweep's file.

        Raises:
            InputError: anything that :func:`load_workload` refuses.
        """
        source = beside(sweep_file, str(self.network or self.file))
        seed = None if self.file is not None else self.seed
        return _loaded(source, self.pattern, seed, self.batch, self.activation_density, self.exempt)


_loaded = lru_cache(maxsize=1)(load_workload)  # points of one workload follow each other


class Sweep(Section):
    """A sweep file: every workload on every machine for every combination of ``vary``."""

    description: str = Field("", description="a sentence, which lists show")
    workloads: list[SweptWorkload] = Field(min_length=1)
    machines: list[str] = Field(min_length=1, description="names or paths")
    vary: dict[str, list[Any]] = Field({}, description="dotted field of a machine -> values")

    @model_validator(mode="after")
    def _no_empty_axis(self) -> Sweep:
        for field, values in self.vary.items():
            if not values:
                raise ValueError(f"expected at least one value for {field}, got none")
        return self

    @property
    def points(self) -> int:
        """How many there are."""
        sizes = (len(values) for values in self.vary.values())
        return len(self.workloads) * len(self.machines) * prod(sizes)


@dataclass(frozen=True)
class Point:
    """One run of a sweep."""

    workload: SweptWorkload
    sweep_file: Path
    machine_name: str
    machine: Machine | None
    overrides: Mapping[str, Any]
    key: str  # of all that decides its result
    error: str = ""  # why there is no machine


class Grid:
    """The points of a sweep: workloads, then machines, then fields, the last one fastest."""

    def __init__(self, document: YamlDocument, sweep: Sweep) -> None:
        """Check what is wrong by itself: every workload and machine, and every value of a field.

        Raises:
            InputError: anything of that; what is wrong in combination is a point's own error.
        """
        self.document, self.file, self.sweep = document, document.path, sweep
        self._energy, self._device = lru_cache(load_energy), lru_cache(load_device)
        self._identities: dict[int, list[Any]] = {}
        self.machines = [self._machine_file(index) for index in range(len(self.sweep.machines))]
        for index in range(len(self.sweep.workloads)):
            self._identity(index)
        self._check_values()

    def __len__(self) -> int:
        return self.sweep.points

    def __iter__(self) -> Iterator[Point]:
        axes = [range(len(values)) for values in self.sweep.vary.values()]
        for index, workload in enumerate(self.sweep.workloads):
            identity = self._identity(index)
            for machine in self.machines:
                for places in itertools.product(*axes):
                    yield self._point(workload, identity, machine, places)

    def _point(
        self, workload: SweptWorkload, identity: Any, machine: MachineDocument, places: Sequence[int]
    ) -> Point:
        values = self._values(places)
        name = str(machine.data.get("name", machine.path.stem))
        try:
            built = self._build(machine, places)
        except InputError as error:
            key = _digest([self._code, identity, machine.data, values, str(error)])
            return Point(workload, self.file, name, None, values, key, str(error))
        # By what they say and not by where they lie: the energy table and the DRAM.
        dram = built.dram.loaded.model_dump() if built.dram.loaded else None
        numbers = built.model_dump(exclude={"energy": True, "dram": {"device"}})
        key = _digest(
            [self._code, identity, built.label, numbers, dram, dict(built.energy_per_action_pj), values]
        )
        return Point(workload, self.file, built.label, built, values, key)

    def _build(self, machine: MachineDocument, places: Sequence[int]) -> Machine:
        lines = {field: f"{field}.{place}" for field, place in zip(self.sweep.vary, places, strict=True)}

        def origin(field: str) -> str:
            path = f"vary.{lines[field]}" if field in lines else "vary"
            return f"{self.document.where(path)}: vary"

        return build_machine(machine, self._values(places), origin, self.file, self._energy, self._device)

    def _values(self, places: Sequence[int]) -> dict[str, Any]:
        axes = zip(self.sweep.vary.items(), places, strict=True)
        return {field: values[place] for (field, values), place in axes}

    def _machine_file(self, index: int) -> MachineDocument:
        with self._placed(f"machines.{index}"):
            return machine_document(beside(self.file, self.sweep.machines[index]))

    def _identity(self, index: int) -> list[Any]:
        """Of a workload: its words, its masks and its geometry."""
        workload = self.sweep.workloads[index]
        if index not in self._identities:
            with self._placed(f"workloads.{index}"):
                loaded = workload.load(self.file)
            geometry = [asdict(masked.layer) for masked in loaded.layers]
            self._identities[index] = [workload.model_dump(), loaded.masks_hash, geometry]
        return self._identities[index]

    @contextmanager
    def _placed(self, path: str) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            raise InputError(f"{self.document.where(path)}: {path}: {error}") from None

    def _check_values(self) -> None:
        """Refuse a value that is wrong whatever stands beside it; each is tried with first values beside it.

        Which fields a section has may hang on its model: with each of those that are tried.
        """
        models = [
            range(len(values)) if field.endswith(".model") else range(1)
            for field, values in self.sweep.vary.items()
        ]
        alone = [build_machine(machine, {}, machine.where) for machine in self.machines]
        require_distinct(("every workload", machine) for machine in alone)
        for machine in self.machines:
            for axis, (field, values) in enumerate(self.sweep.vary.items()):
                for place in range(min(len(values), _LOOKED_AT)):
                    corners = itertools.product(*models[:axis], [place], *models[axis + 1 :])
                    found = [self._wrong_by_itself(machine, field, corner) for corner in corners]
                    wrong = [error for error in found if error]
                    if len(wrong) == len(found):
                        raise wrong[0]

    def _wrong_by_itself(
        self, machine: MachineDocument, field: str, places: Sequence[int]
    ) -> InputError | None:
        try:
            self._build(machine, places)
        except InputError as error:
            return error if f"{error.path}.".startswith(f"{field}.") else None
        return None

    @cached_property
    def _code(self) -> str:
        return source_hash(Path(package.__path__[0]) for package in (accel_sim, workloads))


def load_sweep(name_or_path: str | os.PathLike[str], any_size: bool = False) -> Grid:
    """The points of a sweep, by its name or file.

    Args:
        any_size: take a grid of more than a million points, too.

    Raises:
        InputError: anything wrong with the file, with a workload, a machine or a value of a field in it, or
            too many points.
    """
    document = load_yaml(find_config("sweeps", name_or_path))
    sweep = validate(Sweep, document.data, document.where)
    points = sweep.points
    if points > MOST_POINTS and not any_size:
        raise InputError(
            f"{document.where('vary')}: vary: expected at most {MOST_POINTS:,} points, got {points:,}; --yes"
            " runs them all the same"
        )
    return Grid(document, sweep)


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
