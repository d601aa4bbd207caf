"""Every file of the packages by its room, with what it says of itself: a page of docs/reference."""

from __future__ import annotations

import ast
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("accel_sim", "pruning", "workloads")


def files_by_room() -> str:
    """A heading a folder, a line a file: its name, and the first sentence of its docstring."""
    files = sorted(
        (path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")),
        key=lambda path: (path.parent.as_posix(), path.name),
    )
    parts = []
    for room, inside in groupby(files, key=lambda path: path.parent.as_posix()):
        lines = "\n".join(f"- `{path.name}`: {_says(path)}" for path in inside)
        parts.append(f"## {room}\n\n{lines}\n")
    return "\n".join(parts)


def _says(path: Path) -> str:
    """The first paragraph of a module's docstring, in one line, links to names written as names."""
    said = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split()).replace("``", "`")
