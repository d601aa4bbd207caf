"""Is class-awareness worth anything, and where: one question put to all experiments at once.

``python -m studies.class_awareness results/glyph62 results/class_awareness_glyph62 ...`` takes folders
that ``crisp-prune experiment`` filled and keeps what was pruned to the same sparsity and fine-tuned for
as many steps by the saliency of the user's classes, by that of all classes, and by magnitude, which looks
at no class. It leaves a table and a picture in ``docs/pruning_results``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import typer

from pruning.experiment.table import finished_runs, settings
from studies.pruning_tables import DOCS, save_rounded
from workloads.console.script import Quick, run_script
from workloads.console.terminal import print_rows
from workloads.inputs import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUICK_OUTPUT = Path("results/class_awareness")
SETTING = ["user", "pattern", "exempt", "sparsity", "optimiser_steps"]
COLOURS = {"user": "#3b6fb6", "all": "#c9a227", "none": "#8a8a8a"}
NAMES = {"user": "the user's classes", "all": "all classes", "none": "no class: magnitude"}


def compared(folders: list[Path]) -> pd.DataFrame:
    """Accuracy of every setting that all three were tried in, a row a setting and what saliency looked at.

    ``looks_at`` is user, all or none; accuracies are fractions, with the sample standard deviation over
    seeds, and ``accuracy_before`` is that of the dense network before any fine-tuning.

    Raises:
        InputError: a folder has no table of runs, no setting was tried in all three ways, or something
            else than the seed differs within one.
    """
    runs = pd.concat([finished_runs(folder) for folder in folders], ignore_index=True)
    runs = runs[(runs["pattern"] != "dense") & runs["saliency"].isin(["class_gradient", "magnitude"])]
    runs = runs.drop_duplicates([*settings(runs), "seed"]).assign(  # a folder given twice
        optimiser_steps=runs["stages"] * runs["steps"] + runs["last_steps"],
        looks_at=runs["saliency_classes"].where(runs["saliency"] == "class_gradient", "none"),
    )
    alike = [name for name in settings(runs) if name not in ("saliency", "saliency_classes", "looks_at")]
    runs = runs[runs.groupby(alike)["looks_at"].transform("nunique") == len(NAMES)]
    if runs.empty:
        raise InputError(
            f"{folders[0]}: expected a setting with the saliency of the user's classes, of all and magnitude,"
            " got none"
        )
    several = [name for name in alike if (runs.groupby(SETTING)[name].nunique() > 1).any()]
    if several:
        raise InputError(f"{folders[0]}: expected one {several[0]} of a setting, got several")
    return (
        runs.groupby([*SETTING, "looks_at"], sort=False)
        .agg(
            seeds=("seed", "count"),
            accuracy_before=("accuracy_before", "mean"),
            accuracy=("accuracy", "mean"),
            deviation=("accuracy", "std"),
        )
        .reset_index()
        .sort_values(["pattern", "sparsity", "optimiser_steps"], kind="stable", ignore_index=True)
    )


def plot(table: pd.DataFrame) -> Figure:
    """Accuracy of every setting, a panel a user; bars are one standard deviation."""
    from matplotlib import pyplot as plt

    users = list(dict.fromkeys(table["user"]))
    figure, panels = plt.subplots(
        len(users), 1, figsize=(9, 2.6 * len(users)), layout="constrained", squeeze=False, sharex=True
    )
    settings = list(dict.fromkeys(zip(*(table[name] for name in SETTING[1:]), strict=True)))
    for axes, user in zip(panels[:, 0], users, strict=True):
        mine = table[table["user"] == user].set_index([*SETTING[1:], "looks_at"])
        for shift, (way, colour) in zip((-0.27, 0, 0.27), COLOURS.items(), strict=True):
            rows = mine.reindex([(*setting, way) for setting in settings])
            axes.bar(
                np.arange(len(settings)) + shift,
                100 * rows["accuracy"],
                0.25,
                yerr=100 * rows["deviation"],
                color=colour,
                capsize=2,
                label=NAMES[way],
            )
        dense = 100 * mine["accuracy_before"].iloc[0]
        axes.axhline(dense, color="#333333", ls=":", lw=1, label="dense, not fine-tuned")
        axes.set_title(f"user {user!r}", fontsize=10)
        axes.set_ylabel("accuracy, %")
        axes.spines[["top", "right"]].set_visible(False)
    labels = [
        f"{pattern}\n{sparsity:.0%}, {steps} steps".replace(", score", ",\nscore")
        for pattern, _, sparsity, steps in settings
    ]
    panels[-1, 0].set_xticks(range(len(settings)), labels, fontsize=8)
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle("Whose classes saliency looks at, and what is left after fine-tuning")
    return figure


def main(
    folders: Annotated[list[Path], typer.Argument(help="Folders of finished experiments.")],
    output: Annotated[Path, typer.Option(help="Folder for the table and the picture.")] = DOCS,
    quick: Quick = False,
) -> None:
    """Print, save and draw; the quick form leaves documents alone."""
    from accel_sim.report.plots import save_figure

    output = QUICK_OUTPUT if quick else output
    table = compared(folders)
    save_rounded(output, "class_awareness", table)
    rows = [
        [
            row["user"],
            row["pattern"],
            f"{row['sparsity']:.0%}",
            str(row["optimiser_steps"]),
            NAMES[row["looks_at"]],
            str(row["seeds"]),
            f"{row['accuracy']:.2%}",
            f"{row['deviation']:.2%}",
        ]
        for row in table.to_dict("records")
    ]
    text, numbers = ("user", "pattern", "sparsity", "steps", "saliency of"), ("seeds", "accuracy", "+-")
    print_rows("class-awareness", dict.fromkeys(text, "left") | dict.fromkeys(numbers, "right"), rows)
    save_figure(plot(table), output / "class_awareness.png")


if __name__ == "__main__":
    run_script(main)
