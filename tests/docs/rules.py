"""The rules of docs/machine, and how text cites them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "docs" / "machine"
_RULE = re.compile(r'^<a id="rule-(\w+)"></a>\n\*\*(D?\d+[a-g]?)\. (.+?)\.?\*\*', re.MULTILINE)
_NUMBER = r"(?:D?\d+[a-g]?)"
_SEPARATOR = r"(?:,\s+and\s+|,\s+|\s+and\s+|\s+or\s+|\s+to\s+)"
_IN_PROSE = re.compile(rf"\b[Rr]ules?\s+({_NUMBER}\b(?:{_SEPARATOR}{_NUMBER}\b)*)")
_IN_A_NAME = re.compile(r"test_rules?_(\d+[a-g]?(?:_(?:and_)?\d+[a-g]?)*)")
_IN_BRACKETS = re.compile(rf"\(({_NUMBER}(?:{_SEPARATOR}{_NUMBER})*)[):;]")
_OF_THE_DRAM = re.compile(r"\bD[1-9]\d?\b")
_RANGE = re.compile(rf"({_NUMBER})\s+to\s+({_NUMBER})")


class Rule(NamedTuple):
    """A rule: its number, its title and the chapter (a file's name without its ending) that it stands in."""

    id: str
    title: str
    chapter: str


def rules() -> dict[str, Rule]:
    """Every rule by its number, in the order of the numbers."""
    found = [
        Rule(number, title, path.stem)
        for path in sorted(BOOK.glob("*.md"))
        for anchor, number, title in _RULE.findall(path.read_text(encoding="utf-8"))
        if anchor == number.lower()
    ]
    return {rule.id: rule for rule in sorted(found, key=lambda rule: order(rule.id))}


def order(number: str) -> tuple[str, int, str]:
    """6 before 6a before 7, the DRAM's after the others."""
    letter, digits, after = re.fullmatch(r"(D?)(\d+)(\w?)", number).groups()
    return letter, int(digits), after


def named(text: str) -> set[str]:
    """The numbers that stand in a text as those of rules."""
    lists = [*_IN_PROSE.findall(text), *_IN_A_NAME.findall(text), *_OF_THE_DRAM.findall(text)]
    return {number for found in lists for number in re.findall(rf"(?<![A-Za-z0-9]){_NUMBER}", _apart(found))}


def cited(text: str, known: dict[str, Rule], *, in_the_book: bool = False) -> set[str]:
    """The rules that a text cites, with all between the ends of a range; the book cites in brackets too."""
    found = named(text)
    lists = _IN_PROSE.findall(text)
    if in_the_book:
        lists += list(_IN_BRACKETS.findall(text))
        found |= {number for inside in lists for number in re.findall(_NUMBER, inside)}
    for first, last in (ends for inside in lists for ends in _RANGE.findall(inside)):
        found |= {number for number in known if order(first) <= order(number) <= order(last)}
    return found


def _apart(found: str) -> str:
    return found.replace("_", " ")
