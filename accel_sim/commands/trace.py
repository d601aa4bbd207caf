"""The command ``trace``: one layer in time, found by its name in a workload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from accel_sim.commands.options import (
    MACHINE,
    ActivationDensityOption,
    BatchOption,
    EngineOption,
    ExemptOption,
    JsonOption,
    MachineOption,
    MappingOption,
    PatternOption,
    SeedOption,
    SetOption,
    Source,
    machine_for,
    the_workload,
)
from accel_sim.engines import DEFAULT_ENGINE
from workloads.asked import Asked
from workloads.console.terminal import print_json, say
from workloads.inputs import InputError, did_you_mean

if TYPE_CHECKING:
    from workloads.workload import MaskedLayer, Workload

FEW = 5  # layers that an error names


def trace(
    source: Source,
    layer: Annotated[
        str | None, typer.Argument(help="A layer's name; not needed where there is but one.")
    ] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for trace.json and trace.png.")],
    machine: MachineOption = MACHINE,
    pattern: PatternOption = Asked.pattern,
    exempt: ExemptOption = Asked.exempt,
    seed: SeedOption = Asked.seed,
    batch: BatchOption = Asked.batch,
    activation_density: ActivationDensityOption = Asked.activation_density,
    settings: SetOption = None,
    mapping: MappingOption = None,
    engine: EngineOption = DEFAULT_ENGINE,
    from_cycle: Annotated[int, typer.Option(help="Leave out what ends before.")] = 0,
    to_cycle: Annotated[
        int | None, typer.Option(help="Leave out what begins then or later; the layer's end if not given.")
    ] = None,
    most: Annotated[int, typer.Option(help="Spans to write; of more, those that begin first.")] = 20_000,
    as_json: JsonOption = False,
) -> None:
    """Show one layer in time: for ui.perfetto.dev, and as a picture.

    Example: accel-sim trace resnet18 layer1.0.conv1 -p "nm(2:4)" -o results/trace
    """
    from accel_sim.mapping.names import check_names
    from accel_sim.report.plots import save_figure
    from accel_sim.report.tables import print_trace
    from accel_sim.report.timeline_picture import plot_timeline
    from accel_sim.trace import cut_spans, trace_layer
    from accel_sim.trace.chrome import metadata, save_trace

    workload = the_workload(source, pattern, seed, batch, activation_density, exempt)
    masked = find_layer(workload, layer)
    chosen = machine_for(workload, machine, settings, mapping)
    check_names(chosen, [each.layer.name for each in workload.layers])
    timeline = trace_layer(masked, chosen, engine)
    cut = cut_spans(timeline, from_cycle, to_cycle, most)
    about = metadata(timeline, cut, workload.source)
    save_trace(output / "trace.json", cut, about)
    save_figure(plot_timeline(timeline, cut), output / "trace.png")
    if as_json:
        print_json(about)
        return
    print_trace(timeline, cut)
    say(f"{output / 'trace.json'} (open it in ui.perfetto.dev) and trace.png")


def find_layer(workload: Workload, name: str | None) -> MaskedLayer:
    """The layer of a workload with that name, or the only one.

    Raises:
        InputError: no layer of that name, or no name where there are several.
    """
    names = [masked.layer.name for masked in workload.layers]
    if name is None and len(names) == 1:
        return workload.layers[0]
    if name is None:
        some = ", ".join(names[:FEW]) + (", ..." if len(names) > FEW else "")
        raise InputError(f"layer: expected one of the {len(names)} of {workload.name} ({some}), got none")
    if name not in names:
        raise InputError(f"layer: expected one of {workload.name}, got {name!r}{did_you_mean(name, names)}")
    return workload.layers[names.index(name)]
