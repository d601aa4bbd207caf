"""Where the tables and pictures of docs/pruning_results.md lie, and how its tables are written."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from workloads.inputs import replace_atomically

DOCS = Path(__file__).parents[1] / "docs" / "pruning_results"


def save_rounded(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write ``name.csv`` into ``folder``, numbers to six digits: what a reader and a diff can follow."""
    write = partial(table.to_csv, index=False, float_format="%.6g")
    replace_atomically(folder / f"{name}.csv", write)
