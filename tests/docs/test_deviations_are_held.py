"""Every entry of docs/DEVIATIONS.md has a number of its own, and a test that exists or a reason why not."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "DEVIATIONS.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


class Entry(NamedTuple):
    """A row of the table."""

    id: str
    what: str
    effect: str
    test: str


def entries(text: str) -> list[Entry]:
    """The rows of the table, whose cells hold no bar."""
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [Entry(*(cell.strip() for cell in row.strip("|").split("|"))) for row in rows]


ENTRIES = entries(DOCUMENT.read_text())


def functions_of(path: Path) -> set[str]:
    """Names of the functions of a file."""
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_numbers_are_unique_and_rise():
    numbers = [int(entry.id.removeprefix("V")) for entry in ENTRIES]
    assert [entry.id for entry in ENTRIES] == [f"V{number}" for number in numbers]
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= 26  # what there was when they were numbered


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_says_what_how_far_and_which_test(entry):
    assert entry.what.endswith(".")
    assert entry.effect.endswith(".")
    named = NAMED.findall(entry.test)
    if not named:
        assert re.fullmatch(r"none: .{15,}", entry.test), entry.test
    for file, test in named:
        assert test in functions_of(ROOT / file), f"{file}::{test}"
    assert NAMED.sub("", entry.test).strip(", ") == ("" if named else entry.test)
