"""How code and documents cite the rules of docs/machine."""

from __future__ import annotations

import re
from collections.abc import Iterable

from studies.rule_book import place

_NUMBER = r"(?:[A-Z]?\d+[A-Za-z]?)"  # of any letters: whether there is such a rule is for the book to say
_SEPARATOR = r"(?:,\s+and\s+|,\s+|\s+and\s+|\s+or\s+|\s+to\s+)"
_IN_PROSE = re.compile(rf"\b[Rr]ules?\s+({_NUMBER}\b(?:{_SEPARATOR}{_NUMBER}\b)*)")
_IN_A_NAME = re.compile(r"test_rules?_([A-Za-z]?\d+[a-z]?(?:_(?:and_)?[A-Za-z]?\d+[a-z]?)*)(?![A-Za-z0-9])")
_IN_BRACKETS = re.compile(rf"\(({_NUMBER}(?:{_SEPARATOR}{_NUMBER})*)[):;]")
_OF_THE_DRAM = re.compile(r"\bD\d+[A-Za-z]?\b")
_SMALL_LETTER = re.compile(r"(?<![A-Za-z0-9])[a-z](?=\d)")  # before a number, as a function's name has it
_LETTERED = re.compile(r"\d[a-z]|D\d")
_RANGE = re.compile(rf"({_NUMBER})\s+to\s+({_NUMBER})")


def named(text: str) -> set[str]:
    """The numbers that stand in a text as those of rules; of a range its two ends."""
    in_names = (
        _SMALL_LETTER.sub(lambda letter: letter[0].upper(), name) for name in _IN_A_NAME.findall(text)
    )
    lists = [*_IN_PROSE.findall(text), *in_names, *_OF_THE_DRAM.findall(text)]
    return {
        number
        for found in lists
        for number in re.findall(rf"(?<![A-Za-z0-9]){_NUMBER}", found.replace("_", " "))
    }


def cited(text: str, known: Iterable[str], *, in_the_book: bool = False) -> set[str]:
    """The rules that a text cites, with all between the ends of a range.

    In brackets the book cites any rule by its number alone, others only lists with a letter: (8b, 30), (D14).
    """
    found, lists = named(text), _IN_PROSE.findall(text)
    lists += [inside for inside in _IN_BRACKETS.findall(text) if in_the_book or _LETTERED.search(inside)]
    found |= {number for inside in lists for number in re.findall(_NUMBER, inside)}
    for first, last in (ends for inside in lists for ends in _RANGE.findall(inside)):
        found |= {number for number in known if place(first) <= place(number) <= place(last)}
    return found
