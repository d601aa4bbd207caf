"""The tables of docs/pruning_results.md, from the tables that ``studies.pruning_results`` left.

``python -m studies.pruning_document`` prints them as Markdown: the main lines, three seeds each, every other
pattern once, whose classes saliency looks at, and the channels of VGG-16. A test holds the document to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from studies.pruning_tables import DOCS
from workloads.console.script import Quick, run_script

EXPERIMENTS = ("fashion_mnist", "glyph62")
USERS = {
    "three": "three of Fashion",
    "ten": "all ten",
    "five": "five glyphs",
    "twenty": "twenty glyphs",
}
LOOKS_AT = ("user", "all", "none")  # as studies.class_awareness names what saliency looks at
AWARENESS_HEADINGS = ("pattern", "sparsity", "steps", *USERS.values())
VGG_HEADINGS = ("pattern", "asked for", "weights", "MACs", "cycles", "energy", "accuracy, %")
VGG_SHARES = ("weights", "macs", "cycles", "energy_pj")
HEADINGS = ("pattern, machine", "sparsity", *USERS.values(), "speed-up", "energy")
MAIN_SEEDS = 3


def read_results(folder: Path) -> pd.DataFrame:
    """Rows of all users, as :func:`studies.pruning_results.over_seeds` makes them of an experiment each.

    Masks by the saliency of all classes are left out: they are a question of their own.
    """
    table = pd.concat([pd.read_csv(folder / f"{name}.csv") for name in EXPERIMENTS], ignore_index=True)
    return table[table["saliency_classes"] == "user"]


def main_lines(table: pd.DataFrame) -> list[list[str]]:
    """Patterns of three seeds, on one machine each: a row a pattern and sparsity."""
    found = table[(table["seeds"] == MAIN_SEEDS) & (table["machine"] != "dstc")]
    rows: list[list[str]] = []
    said = None
    for (exempt, pattern, machine, sparsity), users in _grouped(found, "exempt", "pattern", "machine"):
        name = "the same, classifier exempt" if "last" in exempt else f"{pattern}, `{machine}`"
        rows.append(["" if name == said else name, _percent(sparsity), *_accuracies(users), *_gains(users)])
        said = name
    return rows


def other_patterns(table: pd.DataFrame) -> list[list[str]]:
    """Patterns of one seed: a row a pattern, sparsity and machine; those that take no sparsity last."""
    found = table[(table["seeds"] < MAIN_SEEDS) & (table["machine"] != "dstc")]
    found = found.sort_values("sparsity", key=lambda asked: asked.where(asked > 0, 1), kind="stable")
    rows = []
    for (pattern, machine, asked), users in _grouped(found, "pattern", "machine"):
        share = _percent(asked or users["reached_sparsity"].mean())
        rows.append([f"{pattern}, `{machine}`", share, *_accuracies(users), *_gains(users)])
    return rows


def class_awareness(table: pd.DataFrame) -> list[list[str]]:
    """Masks by the saliency of the user's classes / of all / of none: a row a pattern, sparsity and steps."""
    rows: list[list[str]] = []
    said = None
    for (exempt, pattern, steps, sparsity), found in _grouped(table, "exempt", "pattern", "optimiser_steps"):
        accuracy = found.set_index(["user", "looks_at"])["accuracy"]
        cells = (" / ".join(f"{100 * accuracy[user, at]:.1f}" for at in LOOKS_AT) for user in USERS)
        name = f"{pattern}, classifier exempt" if "last" in exempt else pattern
        rows.append(["" if name == said else name, _percent(sparsity), f"{steps}", *cells])
        said = name
    return rows


def channels_in_percent(table: pd.DataFrame) -> list[list[str]]:
    """VGG-16's narrowed networks in percent of the dense one: a row a pattern and sparsity."""
    dense = table[table["pattern"] == "dense"].iloc[0]
    rows: list[list[str]] = []
    said = None
    for row in table.to_dict("records"):
        accuracy = f"{100 * row['accuracy']:.1f}"
        if row["pattern"] == "dense":
            sizes = (f"{row[name] * 1e-6:.1f} M" for name in ("weights", "macs"))
            rows.append(["dense, fine-tuned alike", "0", *sizes, f"{row['cycles']:,.0f}", "1x", accuracy])
            continue
        shares = (f"{100 * row[name] / dense[name]:.1f}" for name in VGG_SHARES)
        name = row["pattern"]
        rows.append(["" if name == said else name, _percent(row["sparsity"]), *shares, accuracy])
        said = name
    return rows


def _grouped(table: pd.DataFrame, *names: str) -> Iterator[tuple[Any, pd.DataFrame]]:
    yield from table.groupby([*names, "sparsity"], sort=False)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share else "0"


def _accuracies(users: pd.DataFrame) -> list[str]:
    """Of each user in percent; of several seeds with their sample standard deviation."""
    cells = []
    for user in USERS:
        row = users[users["user"] == user].iloc[0]
        spread = f" ± {100 * row['deviation']:.1f}" if row["seeds"] == MAIN_SEEDS else ""
        cells.append(f"{100 * row['accuracy']:.1f}{spread}")
    return cells


def _gains(users: pd.DataFrame) -> list[str]:
    """Speed-up and energy, from the user who gains least to the one who gains most."""
    return [_range(users[name]) for name in ("speedup", "energy_ratio")]


def _range(values: pd.Series[float]) -> str:
    if values.eq(1).all():
        return "1x"
    low, high = f"{values.min():.1f}", f"{values.max():.1f}"
    return f"{low}x" if low == high else f"{low} to {high}x"


def as_markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [" | ".join(cells) for cells in (headings, *rows)]
    lines.insert(1, "|".join(["---"] * len(headings)))
    return "\n".join("|" + (f" {line} " if line[:3] != "---" else line) + "|" for line in lines)


def tables(folder: Path = DOCS) -> list[str]:
    """All tables of the document, as Markdown."""
    results = read_results(folder)
    awareness = pd.read_csv(folder / "class_awareness.csv")
    vgg = pd.read_csv(folder / "vgg16_channels.csv")
    return [
        as_markdown(HEADINGS, main_lines(results)),
        as_markdown(HEADINGS, other_patterns(results)),
        as_markdown(AWARENESS_HEADINGS, class_awareness(awareness)),
        as_markdown(VGG_HEADINGS, channels_in_percent(vgg)),
    ]


def main(quick: Quick = False) -> None:  # noqa: ARG001  # there is nothing to shorten
    """Print the tables."""
    print(*tables(), sep="\n\n")


if __name__ == "__main__":
    run_script(main)
