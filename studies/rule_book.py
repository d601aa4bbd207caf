"""The rules of docs/machine: each a number, a title and the chapter that it stands in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

BOOK = Path(__file__).parents[1] / "docs" / "machine"
_RULE = re.compile(r'^<a id="rule-(\w+)"></a>\n\*\*([A-Z]?\d+[a-z]?)\. (.+?)\.?\*\*', re.MULTILINE)


class Rule(NamedTuple):
    """A rule: its number, its title and its chapter (a file's name without its ending)."""

    id: str
    title: str
    chapter: str


def read_rules() -> dict[str, Rule]:
    """Every rule by its number, in the order of the numbers."""
    found = [
        Rule(number, title, path.stem)
        for path in sorted(BOOK.glob("*.md"))
        for anchor, number, title in _RULE.findall(path.read_text(encoding="utf-8"))
        if anchor == number.lower()
    ]
    return {rule.id: rule for rule in sorted(found, key=lambda rule: place(rule.id))}


def place(number: str) -> tuple[str, int, str]:
    """6 before 6a before 7, those of a letter, as the DRAM's, after the others."""
    match = re.fullmatch(r"([A-Z]?)(\d+)(\w?)", number)
    assert match is not None, number
    return match[1], int(match[2]), match[3]


def chapter_titles() -> dict[str, str]:
    """File's name without its ending -> the heading of the chapter."""
    return {path.stem: path.read_text(encoding="utf-8").splitlines()[0][2:] for path in BOOK.glob("*.md")}
