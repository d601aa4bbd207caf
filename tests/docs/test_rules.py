"""Every rule of docs/machine has a number, a title and an anchor, and every citation a rule."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from citations import cited, named

from studies.rule_book import BOOK, read_rules

ROOT = BOOK.parents[1]
RULES = read_rules()
SEARCHED = (
    "accel_sim",
    "workloads",
    "pruning",
    "studies",
    "benchmarks",
    "tests",
    "hw_configs",
    "docs",
    "notebooks",
)
THIS = ("test_rules.py", "citations.py")
FILES = [
    path
    for folder in SEARCHED
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".yaml", ".md", ".ipynb") and path.name not in THIS
] + [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]


def test_there_are_as_many_rules_as_when_they_were_numbered():
    """A rule that is no more keeps its number to itself: it is not used again, and this count says so."""
    assert len(RULES) >= 59 + 31


def test_numbers_and_titles_are_unique():
    for field in ("id", "title"):
        counted = Counter(getattr(rule, field).lower() for rule in RULES.values())
        assert [what for what, count in counted.items() if count > 1] == []
    texts = "".join(path.read_text(encoding="utf-8") for path in BOOK.glob("*.md"))
    assert len(re.findall(r'<a id="rule-', texts)) == len(RULES)  # no anchor without a rule


def test_the_index_says_which_rules_each_chapter_has():
    index = (BOOK / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[.*\]\((\w+)\.md\) \| (.*?) ?\|", index, re.MULTILINE)
    said = {chapter: cited(f"rules {numbers}", RULES) for chapter, numbers in rows if numbers}
    found = {chapter: {r.id for r in RULES.values() if r.chapter == chapter} for chapter in said}
    assert said == found
    assert set().union(*found.values()) == set(RULES)


def test_every_rule_that_is_cited_is_there():
    for path in FILES:
        found = cited(path.read_text(encoding="utf-8"), RULES, in_the_book=path.parent == BOOK)
        assert found - set(RULES) == set(), path


def test_every_rule_is_cited_by_a_test():
    """By its own number: of "rules 13 to 19" it is the two ends that are named."""
    tests = [path for path in FILES if path.name.startswith("test_") and path.suffix == ".py"]
    held = {rule for path in tests for rule in named(path.read_text(encoding="utf-8"))}
    assert [rule for rule in RULES if rule not in held] == []


def test_a_citation_is_found_in_its_forms():
    text = (
        "rules 8, 8b and 13 to 15 (D3); def test_rules_22_and_23_of(): rule 29a. Not: rule 2 of 1024, (2,048)"
    )
    assert named(text) == {"8", "8b", "13", "15", "D3", "22", "23", "29a", "2"}
    assert cited(text, RULES) == named(text) | {"14"}
    assert cited("of (8b, 12) and D99, not of (3)", RULES, in_the_book=True) == {"8b", "12", "D99", "3"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("as rule 8c says", "8c"),
        ("as rule 8C says", "8C"),
        ("as rules 8 and E5 say", "E5"),
        ("rule X99.", "X99"),
        ("D0 to D31", "D0"),
        ("since D100", "D100"),
        ("by D14a", "D14a"),
        ("def test_rule_44_of():", "44"),
        ("def test_rules_d14_and_e5_of():", "E5"),
        ("what waits (6a, 99)", "99"),
        ("what waits (6b)", "6b"),
    ],
)
def test_a_rule_that_is_not_there_is_found_whatever_its_letter(text, number):
    assert cited(text, RULES) - set(RULES) == {number}
