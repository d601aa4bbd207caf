"""The commands ``simulate`` and ``compare``: a workload on a machine, or every pattern on every machine."""

from __future__ import annotations

from typing import Annotated

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
    OutOption,
    PatternOption,
    SeedOption,
    SetOption,
    Source,
    machine_for,
    the_machine,
    the_workload,
)
from accel_sim.compile_ahead import compiling_ahead
from accel_sim.engines import DEFAULT_ENGINE
from workloads.asked import Asked
from workloads.console.terminal import print_json, warn

FAMILY = "edge_1024"  # machines of equal resources


def simulate(
    source: Source,
    machine: MachineOption = MACHINE,
    pattern: PatternOption = Asked.pattern,
    exempt: ExemptOption = Asked.exempt,
    seed: SeedOption = Asked.seed,
    batch: BatchOption = Asked.batch,
    activation_density: ActivationDensityOption = Asked.activation_density,
    settings: SetOption = None,
    mapping: MappingOption = None,
    layers: Annotated[bool, typer.Option("--layers", help="Print every layer too.")] = False,
    engine: EngineOption = DEFAULT_ENGINE,
    output: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one workload on one machine.

    Example: accel-sim simulate resnet50 -m crisp_stc -p "crisp(2:4, block=32, density=0.1)"
    """
    from accel_sim.mapping.file import save_mapping
    from accel_sim.report.files import RUN, save_json, save_table
    from accel_sim.report.tables import print_result
    from accel_sim.simulation import simulate as run

    with compiling_ahead():
        workload = the_workload(source, pattern, seed, batch, activation_density, exempt)
        result = run(workload, machine_for(workload, machine, settings, mapping), engine)
    if output is not None:
        save_table(output, RUN, result.layers)
        save_json(output / "summary.json", {**result.summary(), "provenance": dict(result.provenance)})
        save_mapping(output / "mapping.yaml", result.mappings)
    warn([f"{result.workload}: {result.warning}"] if result.warning else [])
    if as_json:
        print_json(
            {**result.summary(), "layers": result.layers.to_dict("records")} if layers else result.summary()
        )
    else:
        print_result(result, with_layers=layers)


def compare(
    source: Source,
    machine: Annotated[
        list[str] | None,
        typer.Option("--machine", "-m", help="Repeat for each machine; the family if not given."),
    ] = None,
    pattern: Annotated[
        list[str] | None, typer.Option("--pattern", "-p", help="Repeat for each pattern; dense if not given.")
    ] = None,
    family: Annotated[
        str, typer.Option(help="The machines, where none are given; first the one for dense weights.")
    ] = FAMILY,
    sparsity: Annotated[
        float | None,
        typer.Option(help="Each machine on the patterns that it is made for, at this sparsity (0.9: 90 %)."),
    ] = None,
    unequal: Annotated[
        bool, typer.Option("--unequal", help="Rank machines that do not have the same, and say what.")
    ] = False,
    exempt: ExemptOption = Asked.exempt,
    seed: SeedOption = Asked.seed,
    batch: BatchOption = Asked.batch,
    activation_density: ActivationDensityOption = Asked.activation_density,
    settings: SetOption = None,
    output: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every pattern on every machine, ratios to the first.

    Example: accel-sim compare resnet18 -p dense -p "nm(2:4)" -m dense_tc -m nvidia_stc
    Example: accel-sim compare resnet50 --family edge_1024 --sparsity 0.9
    """
    from accel_sim.compare.comparison import at_sparsity, each
    from accel_sim.compare.comparison import compare as run
    from accel_sim.compare.fairness import differences
    from accel_sim.loading.families import family_names
    from accel_sim.report.files import COMPARISON, save_table
    from accel_sim.report.tables import print_comparison, warnings_of

    machines = [the_machine(name, settings) for name in machine or family_names(family)]
    pairs = at_sparsity(machines, pattern, sparsity) if sparsity is not None else each(machines, pattern)
    workloads = {
        text: the_workload(source, text, seed, batch, activation_density, exempt)
        for text in dict.fromkeys(text for text, _ in pairs)
    }
    named = ((text or workloads[text].name, workloads[text], m) for text, m in pairs)
    table, layers = run(named, unequal)
    if output is not None:
        from accel_sim.report.plots import plot_comparison, plot_layers, save_figure

        save_table(output, COMPARISON, table)
        save_figure(plot_comparison(table, f"{source}: latency and energy"), output / "comparison.png")
        save_figure(plot_layers(layers, f"{source}: cycles of every layer"), output / "layers.png")
    warn(warnings_of(table, ["label"]))
    warn((f"expected machines with {found}" for found in differences([m for _, m in pairs])), "unequal")
    if as_json:
        print_json(table.to_dict("records"))
    else:
        print_comparison(f"{source}, ratios to the first row", table)
