"""Options that several commands of ``accel-sim`` have, and the workload and machine that they name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from accel_sim.engines import ENGINES
from workloads.asked import about
from workloads.inputs import InputError

if TYPE_CHECKING:
    from accel_sim.machine import Machine
    from workloads.workload import Workload

MACHINE = "crisp_stc"  # that runs where none is named

Source = Annotated[str, typer.Argument(help="A network's name, a .csv table or a pruned .safetensors file.")]
MachineOption = Annotated[
    str, typer.Option("--machine", "-m", help="A machine's name, .yaml file or SCALE-Sim .cfg.")
]
PatternOption = Annotated[str | None, typer.Option("--pattern", "-p", help=about("pattern"))]
SeedOption = Annotated[int | None, typer.Option(help=about("seed"))]
ExemptOption = Annotated[str | None, typer.Option(help=about("exempt"))]
BatchOption = Annotated[int, typer.Option(help=about("batch"))]
ActivationDensityOption = Annotated[float | None, typer.Option(help=about("activation_density"))]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a machine's field, as smem.bandwidth_bytes_per_cycle=64."),
]
MappingOption = Annotated[
    Path | None,
    typer.Option("--mapping", help="A mapping.yaml as simulate -o leaves it; the machine's if not given."),
]
EngineOption = Annotated[
    str, typer.Option(help=f"{'; '.join(f'{name}: {does}' for name, does in ENGINES.items())}.")
]
OutOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder for tables (CSV, Parquet, JSON).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def the_workload(
    source: str,
    pattern: str | None,
    seed: int | None,
    batch: int,
    activation_density: float | None,
    exempt: str | None,
) -> Workload:
    """The workload that the source and its options name."""
    from workloads.workload import load_workload

    return load_workload(source, pattern, seed, batch, activation_density, exempt)


def the_machine(name: str, settings: list[str] | None) -> Machine:
    """The machine that options name, by name or path, with its ``--set`` changes."""
    from accel_sim.loading.machine import load_machine

    return load_machine(name, _overrides(settings), "--set")


def machine_for(workload: Workload, name: str, settings: list[str] | None, mapping: Path | None) -> Machine:
    """The machine that is to run a workload, mapped as the file says, if one is given.

    A mapping that the machine's own file spells out is checked here, where its lines are known.
    """
    from accel_sim.loading.reading import machine_document
    from accel_sim.mapping.file import load_mapping, read_mapping
    from accel_sim.mapping.names import AUTO

    machine = the_machine(name, settings)
    layers = [masked.layer.name for masked in workload.layers]
    if mapping is not None:
        return machine.with_mapping(load_mapping(mapping, layers))
    changed = any(field.partition(".")[0] == "mapping" for field in _overrides(settings))
    if machine.mapping != AUTO and not changed:
        read_mapping(machine_document(name), layers)
    return machine


def _overrides(settings: Sequence[str] | None) -> dict[str, Any]:
    from workloads.inputs.strict_yaml import parse_scalar

    overrides = {}
    for text in settings or []:
        field, equals, value = text.partition("=")
        if not equals or not field.strip():
            raise InputError(f"--set: expected field=value, got {text!r}")
        try:
            overrides[field.strip()] = parse_scalar(value.strip())
        except InputError as error:
            raise InputError(f"--set: {field.strip()}: {error}") from None
    return overrides
