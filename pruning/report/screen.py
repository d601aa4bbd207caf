"""Rows on the screen: a table, or JSON."""

from __future__ import annotations

from typing import Any

from workloads.console.terminal import print_json, print_rows

_UNBOUNDED = 10_000  # columns: a table that is piped is not cut


def show(rows: list[dict[str, Any]], as_json: bool, title: str) -> None:
    """Rows on the screen as a table, or as JSON: one row as itself."""
    if as_json:
        print_json(rows[0] if len(rows) == 1 else rows)
        return
    sides = {name: "right" if isinstance(value, int | float) else "left" for name, value in rows[0].items()}
    print_rows(title, sides, [[_cell(value) for value in row.values()] for row in rows], _UNBOUNDED)


def _cell(value: Any) -> str:
    """A list of two numbers reads as a range."""
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
