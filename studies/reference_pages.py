"""Every field of a file and every column of a table, as docs/reference shows them.

python -m studies.reference_pages, and with --check to see whether what is committed is still true
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

import typer
from pydantic import BaseModel

import accel_sim.architectures
from accel_sim.architectures import find_architecture
from accel_sim.columns import LAYERS, TEXT, TOTALS
from accel_sim.columns.contract import LayerColumn, TotalColumn
from accel_sim.compare.grid import Sweep
from accel_sim.counters import COUNTERS
from accel_sim.dram.device import Device
from accel_sim.machine import Machine
from accel_sim.machine.energy import EnergyTable
from pruning import RunConfig
from pruning.experiment import plan
from studies.reference_fields import Row, rows, sections, sentence_of, table
from studies.reference_files import files_by_room
from studies.rule_book import chapter_titles, read_rules
from studies.walk_of_a_weight import PATTERN, SMALL, Walk, walk_of_a_run
from workloads import load_workload
from workloads.console.script import Quick, run_script
from workloads.inputs import InputError
from workloads.inputs.parts import part_names
from workloads.layer import Layer
from workloads.network import COLUMNS

FOLDER, QUICK_FOLDER = Path(__file__).parents[1] / "docs" / "reference", Path("results/reference")
HEAD = (
    "<!-- Made by python -m studies.reference_pages: change the code and run it again. -->\n\n# {title}\n\n"
)
FIELDS = {
    "name": "field",
    "type": "type",
    "unit": "unit",
    "default": "default",
    "limits": "limits",
    "sentence": "what it says",
}
OF_A_TABLE = {**FIELDS, "name": "column"}


def machine_page() -> str:
    """A machine file, the arrays of its architectures, energy tables and DRAM devices."""
    parts = [
        HEAD.format(title="Machine files"),
        "A machine is one YAML file of `hw_configs/machines`, or one of your own; `accel-sim show crisp_stc`"
        " prints one to start from.\n\n",
        _schema(Machine, "The file"),
    ]
    for name in part_names(accel_sim.architectures):
        array = find_architecture(name).Array
        parts.append(_schema(array, f"`array` of `architecture: {name}`", "array"))
    parts.append(_schema(EnergyTable, "An energy table, `hw_configs/energy`"))
    prices = dict.fromkeys(c.action for c in COUNTERS if c.action)
    parts.append(f"The actions of `pj`: {', '.join(f'`{action}`' for action in prices)}.\n\n")
    parts.append(_schema(Device, "A DRAM, `hw_configs/dram`"))
    return "".join(parts)


def sweep_page() -> str:
    """A sweep file."""
    return (
        HEAD.format(title="Sweep files")
        + "A sweep is one YAML file of `hw_configs/sweeps`, or one of your own, for `accel-sim sweep`.\n\n"
        + _schema(Sweep, "The file")
    )


def experiment_page() -> str:
    """An experiment file, and what its grids may vary."""
    models = [
        model
        for model in vars(plan).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == plan.__name__
    ]
    held = {inner for model in models for _, inner in list(sections(model))[1:]}
    (file,) = [model for model in models if model.model_fields and model not in held]
    return (
        HEAD.format(title="Experiment files")
        + "An experiment is one YAML file, for `crisp-prune experiment`; those of this repository are in"
        " `experiments`.\n\n"
        + _schema(file, "The file")
        + "## Fields of `base` and `grids`\n\n"
        + f"{sentence_of(RunConfig)} `crisp-prune run` has an option for each; what is out of bounds is"
        " refused with its bounds.\n\n"
        + table([row for row in rows(RunConfig) if row.name != "classes"], FIELDS)
        + "\n"
    )


def network_page() -> str:
    """The columns of a network table."""
    found = [row for row in rows(Layer) if row.name in COLUMNS]
    return (
        HEAD.format(title="Network tables")
        + "A network is one CSV file of `workloads/networks`, or one of your own, a row a layer. Lines that"
        " begin with `#` are comments; a topology file of SCALE-Sim is taken too.\n\n"
        + f"{sentence_of(Layer)}\n\n"
        + table(found, OF_A_TABLE)
        + "\n"
    )


def result_page() -> str:
    """The columns of a result table and of its totals."""
    of_layers = {column.name for column in LAYERS}
    totals = [column for column in TOTALS if column.name not in of_layers]
    return (
        HEAD.format(title="Result tables")
        + "`accel-sim simulate resnet50 -o results/resnet50` writes `layers.csv` and `layers.parquet`,"
        + " a row a layer.\n\n"
        + table([_column(column) for column in LAYERS], OF_A_TABLE)
        + "\n\nTotals (`summary()`, `--json`, and a row of a comparison or a sweep) have all that can be"
        " summed, and\n\n" + table([_column(column) for column in totals], OF_A_TABLE) + "\n"
    )


def _column(column: LayerColumn | TotalColumn) -> Row:
    unit = "" if column.unit in ("count", TEXT) else column.unit
    return Row(column.name, "", unit, "", "", column.meaning)


def rules_page() -> str:
    """Every rule by its number."""
    titles = chapter_titles()
    lines = [
        f"| [{r.id}](../machine/{r.chapter}.md#rule-{r.id.lower()}) | {r.title} | {titles[r.chapter]} |"
        for r in read_rules().values()
    ]
    return (
        HEAD.format(title="Rules by number")
        + "Every rule of [the machine](../machine/index.md).\n\n"
        + "| rule | title | chapter |\n| --- | --- | --- |\n"
        + "\n".join(lines)
        + "\n"
    )


def walk_page() -> str:
    """The rooms that a weight passes in the simulator, measured."""
    walk = walk_of_a_run(load_workload(SMALL, PATTERN))
    lines = [
        f"| {step.of and f'`{step.of}`'} | `{step.to}` | `{step.by}` | {'again' * (step in walk.returns)} |"
        for step in walk.steps
    ]
    return (
        HEAD.format(title="The walk of a weight, measured")
        + f"`simulate` of `{SMALL}` under `{PATTERN}` on `crisp_stc`: {len(walk.rooms)} rooms,"
        + f" {len(walk.returns)} returns. {' '.join((Walk.__doc__ or '').split())}"
        + " A *return* is a step into a room that another room has entered before. [What happens on the way]"
        + "(../architecture.md).\n\n"
        + "| from | into | by | |\n| --- | --- | --- | --- |\n"
        + "\n".join(lines)
        + "\n"
    )


def files_page() -> str:
    """Every file, by its room."""
    return (
        HEAD.format(title="Files by room")
        + "What [the rooms](../architecture.md) hold, file by file, in each file's own words.\n\n"
        + files_by_room()
    )


PAGES = {
    "machine": machine_page,
    "sweep": sweep_page,
    "experiment": experiment_page,
    "network_table": network_page,
    "result_table": result_page,
    "rules": rules_page,
    "walk": walk_page,
    "files": files_page,
}


def stale(folder: Path = FOLDER) -> list[str]:
    """Pages that are not what the code says, and files that no page is."""
    made = {f"{name}.md": page() for name, page in PAGES.items()}
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))


def _schema(model: type[BaseModel], title: str, path: str = "") -> str:
    parts = []
    for where, section in sections(model, path):
        heading = f"## {title}" if where == path else f"### `{where}`"
        kind = section.model_fields.get("model")
        if kind is not None and get_origin(kind.annotation) is Literal:
            heading += f" with `model: {' or '.join(get_args(kind.annotation))}`"
        parts.append(f"{heading}\n\n{sentence_of(section)}\n\n{table(rows(section), FIELDS)}\n\n")
    return "".join(parts)


def main(
    folder: Annotated[Path | None, typer.Argument(help="docs/reference if not given.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a page is old.")] = False,
    quick: Quick = False,
) -> None:
    """Write the pages; the quick form writes them into the results."""
    if check:
        if old := stale(folder or FOLDER):
            raise InputError(f"{', '.join(old)}: expected what the code says, got another text")
        return
    write(folder or (QUICK_FOLDER if quick else FOLDER), PAGES)


def write(folder: Path, names: Iterable[str]) -> None:
    """Write the pages of those names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.md").write_text(PAGES[name](), encoding="utf-8")


if __name__ == "__main__":
    run_script(main)
