"""How code and documents cite the rules of docs/machine."""

from __future__ import annotations

import re
from collections.abc import Iterable

from studies.rule_book import place

_NUMBER = r"(?:D?\d+[a-z]?)"
_SEPARATOR = r"(?:,\s+and\s+|,\s+|\s+and\s+|\s+or\s+|\s+to\s+)"
_IN_PROSE = re.compile(rf"\b[Rr]ules?\s+({_NUMBER}\b(?:{_SEPARATOR}{_NUMBER}\b)*)")
_IN_A_NAME = re.compile(r"test_rules?_(\d+[a-z]?(?:_(?:and_)?\d+[a-z]?)*)")
_IN_BRACKETS = re.compile(rf"\(({_NUMBER}(?:{_SEPARATOR}{_NUMBER})*)[):;]")
_OF_THE_DRAM = re.compile(r"\bD[1-9]\d?\b")
_RANGE = re.compile(rf"({_NUMBER})\s+to\s+({_NUMBER})")


def named(text: str) -> set[str]:
    """The numbers that stand in a text as those of rules; of a range its two ends."""
    lists = [*_IN_PROSE.findall(text), *_IN_A_NAME.findall(text), *_OF_THE_DRAM.findall(text)]
    return {
        number
        for found in lists
        for number in re.findall(rf"(?<![A-Za-z0-9]){_NUMBER}", found.replace("_", " "))
    }


def cited(text: str, known: Iterable[str], *, in_the_book: bool = False) -> set[str]:
    """The rules that a text cites, with all between the ends of a range; the book cites in brackets too."""
    found, lists = named(text), _IN_PROSE.findall(text)
    if in_the_book:
        lists += _IN_BRACKETS.findall(text)
        found |= {number for inside in lists for number in re.findall(_NUMBER, inside)}
    for first, last in (ends for inside in lists for ends in _RANGE.findall(inside)):
        found |= {number for number in known if place(first) <= place(number) <= place(last)}
    return found
