"""``accel-sim``: what a workload costs on a machine. Heavy imports wait until a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workloads.inputs import InputError
from workloads.inputs.terminal import run_app

if TYPE_CHECKING:
    from accel_sim.machine import Machine
    from workloads.workload import Workload

app = typer.Typer(
    help="Cycles and energy of pruned networks on sparse accelerators.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Source = Annotated[str, typer.Argument(help="A network's name, a .csv table or a pruned .safetensors file.")]
PatternOption = Annotated[
    str | None,
    typer.Option("--pattern", "-p", help='As "crisp(2:4, block=16, density=0.1)"; dense if not given.'),
]
SeedOption = Annotated[int, typer.Option(help="Of the random scores behind a pattern's masks.")]
BatchOption = Annotated[int, typer.Option(help="Inputs processed at once.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a machine's field, as smem.bandwidth_bytes_per_cycle=256."),
]
OutOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder for tables (CSV, Parquet, JSON).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command("list")
def list_parts(
    kind: Annotated[
        str | None, typer.Argument(help="machines, networks, patterns, ...; all if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List what can be named.

    Example: accel-sim list machines
    """
    from accel_sim.catalogue import catalogue
    from accel_sim.tables import print_rows

    parts = catalogue(kind)
    if as_json:
        _print_json(parts)
        return
    for title, names in parts.items():
        print_rows(title, {"name": "left", "what it is": "left"}, [[n, text] for n, text in names.items()])


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A machine, energy table, sweep or network, by name or path.")],
) -> None:
    """Show a machine, energy table or sweep as it is written, or a network's layers.

    Example: accel-sim show crisp_stc
    """
    from accel_sim.catalogue import describe

    print(describe(name))


@app.command()
def simulate(
    source: Source,
    machine: Annotated[
        str, typer.Option("--machine", "-m", help="A machine's name or .yaml file.")
    ] = "crisp_stc",
    pattern: PatternOption = None,
    seed: SeedOption = 0,
    batch: BatchOption = 1,
    settings: SetOption = None,
    layers: Annotated[bool, typer.Option("--layers", help="Print every layer too.")] = False,
    engine: Annotated[
        str, typer.Option(help="fast, or reference: stepped clock by clock, for small layers.")
    ] = "fast",
    output: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one workload on one machine.

    Example: accel-sim simulate resnet50 -m crisp_stc -p "crisp(2:4, block=32, density=0.1)"
    """
    from accel_sim.files import save_json, save_table
    from accel_sim.simulation import simulate as run
    from accel_sim.tables import print_result

    result = run(_workload(source, pattern, seed, batch), _machine(machine, settings), engine)
    if output is not None:
        save_table(output, "layers", result.layers)
        save_json(output / "summary.json", {**result.summary(), "provenance": dict(result.provenance)})
    if as_json:
        _print_json(
            {**result.summary(), "layers": result.layers.to_dict("records")} if layers else result.summary()
        )
    else:
        print_result(result, with_layers=layers)


@app.command()
def compare(
    source: Source,
    machine: Annotated[
        list[str] | None,
        typer.Option("--machine", "-m", help="Repeat for each machine; all of them if not given."),
    ] = None,
    pattern: Annotated[
        list[str] | None, typer.Option("--pattern", "-p", help="Repeat for each pattern; dense if not given.")
    ] = None,
    seed: SeedOption = 0,
    batch: BatchOption = 1,
    settings: SetOption = None,
    output: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every pattern on every machine, ratios to the first.

    Example: accel-sim compare resnet18 -p dense -p "nm(2:4)" -m dense_tc -m nvidia_stc
    """
    from accel_sim.compare import compare as run
    from accel_sim.files import save_table
    from accel_sim.load import config_names
    from accel_sim.tables import print_comparison

    machines = [_machine(name, settings) for name in machine or config_names("machines")]
    patterns: list[str | None] = list(pattern) if pattern else [None]
    workloads = [_workload(source, text, seed, batch) for text in patterns]
    table, layers = run(
        (text or w.name, w, m) for text, w in zip(patterns, workloads, strict=True) for m in machines
    )
    if output is not None:
        from accel_sim.plots import plot_comparison, plot_layers, save_figure

        save_table(output, "comparison", table)
        save_figure(plot_comparison(table, f"{source}: latency and energy"), output / "comparison.png")
        save_figure(plot_layers(layers, f"{source}: cycles of every layer"), output / "layers.png")
    if as_json:
        _print_json(table.to_dict("records"))
    else:
        print_comparison(f"{source}, ratios to the first row", table)


@app.command()
def sweep(
    file: Annotated[str, typer.Argument(help="A sweep's name or .yaml file.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the table, the pictures and the state.")
    ],
    jobs: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
) -> None:
    """Run a grid of machines and workloads; a killed sweep goes on.

    Example: accel-sim sweep pe_array -o results/pe_array
    """
    from rich.progress import Progress

    from accel_sim.plots import plot_table
    from accel_sim.sweep import load_sweep, run_sweep

    if jobs == 0 or jobs < -1:
        raise InputError(f"--jobs: expected -1 or at least 1, got {jobs}")
    points = load_sweep(file)
    with Progress() as bar:
        task = bar.add_task(f"{len(points)} points", total=len(points))
        table = run_sweep(points, output, jobs, lambda done: bar.update(task, completed=done))
    pictures = plot_table(table, output)
    print(f"{len(table)} points in {output / 'results.csv'} and results.parquet")
    print("\n".join(str(path) for path in pictures))


@app.command()
def plot(
    path: Annotated[Path, typer.Argument(help="A table that a command wrote, or the folder of a sweep.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; beside the table if not given.")
    ] = None,
) -> None:
    """Draw the pictures of a table once more.

    Example: accel-sim plot results/pe_array
    """
    from accel_sim.files import read_table
    from accel_sim.plots import plot_table

    table = path / "results.csv" if path.is_dir() else path
    for picture in plot_table(read_table(table), output or table.parent):
        print(picture)


@app.command()
def verify(
    machine: Annotated[
        list[str] | None, typer.Argument(help="Machines, by name or path; all of them if not given.")
    ] = None,
    cases: Annotated[int, typer.Option(help="Random layers for each machine.")] = 25,
    seed: Annotated[int, typer.Option(min=0, help="Of the first layer; the next take the next.")] = 0,
) -> None:
    """Hold the compiled engine against the stepped one, in every count and in the product.

    Example: accel-sim verify my_machine.yaml --cases 100
    """
    from rich.progress import Progress

    from accel_sim.load import config_names
    from accel_sim.tables import print_rows
    from accel_sim.verify import verify as run

    machines = [_machine(name, None) for name in machine or config_names("machines")]
    rows, wrong = [], []
    with Progress() as bar:
        for each in machines:
            results = list(bar.track(run(each, cases, seed), total=cases, description=each.name))
            mismatches = [result for result in results if result.differences]
            wrong += [f"{each.name}: {result}" for result in mismatches]
            rows.append([each.name, str(len(results)), str(len(mismatches))])
    print_rows("engines", {"machine": "left", "cases": "right", "mismatches": "right"}, rows)
    print("\n".join(wrong), end="\n" if wrong else "")
    raise typer.Exit(1 if wrong else 0)


def _workload(source: str, pattern: str | None, seed: int, batch: int) -> Workload:
    from workloads.workload import load_workload

    return load_workload(source, pattern, seed, batch)


def _machine(name: str, settings: list[str] | None) -> Machine:
    from accel_sim.load import load_machine
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
    return load_machine(name, overrides)


def _print_json(data: Any) -> None:
    import json

    print(json.dumps(data, indent=2))


def main() -> None:
    """The console command."""
    run_app(app)
