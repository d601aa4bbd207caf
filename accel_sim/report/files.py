"""Result tables on disk, saved and read back: CSV to read, Parquet to compute with; and JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workloads.inputs import InputError, as_path, replace_atomically, require_file

SWEEP, COMPARISON, RUN = TABLES = ("results", "comparison", "layers")  # of sweep, compare and simulate
# Sizes are swept, and prices stand still: every table and picture of a sweep says so.
ENERGY_NOTE = "energy per byte does not follow capacity, and area is not counted"


def save_table(folder: str | os.PathLike[str], name: str, table: pd.DataFrame) -> None:
    """Write ``name.csv`` and ``name.parquet`` into ``folder``; the same table gives the same bytes."""
    folder = as_path(folder)
    replace_atomically(folder / f"{name}.csv", lambda path: table.to_csv(path, index=False))
    parquet = table.to_parquet(None, index=False)  # pyarrow opens no path that is not UTF-8
    replace_atomically(folder / f"{name}.parquet", lambda path: path.write_bytes(parquet))


def save_json(path: str | os.PathLike[str], data: Mapping[str, Any]) -> None:
    """Write ``data`` as indented JSON."""
    text = json.dumps(data, indent=2, sort_keys=True) + "\n"

    def write(target: Path) -> None:
        target.write_text(text, encoding="utf-8")

    replace_atomically(path, write)


def find_table(path: str | os.PathLike[str]) -> Path:
    """The table of a folder that a command wrote, or the path itself if it is no folder.

    Raises:
        InputError: the folder holds none.
    """
    path = as_path(path)
    if not os.path.isdir(path):
        return path
    for name in TABLES:
        if (path / f"{name}.csv").is_file():
            return path / f"{name}.csv"
    names = ", ".join(f"{name}.csv" for name in TABLES)
    raise InputError(
        f"{path}: expected the folder of a sweep, a comparison or a run ({names}), got none of these"
    )


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """A table that :func:`save_table` wrote.

    Raises:
        InputError: no such file, or no table in it.
    """
    path = require_file(path, "a result table (.csv or .parquet)")
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (ValueError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: expected a result table, got: {reason}") from error
    if table.empty:
        raise InputError(f"{path}: expected a result table, got one without rows")
    return table
