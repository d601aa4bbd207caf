"""The tables of docs/pruning_results.md are those that its command prints."""

import pandas as pd
import pytest

from studies.pruning_document import (
    HEADINGS,
    as_markdown,
    class_awareness,
    main_lines,
    other_patterns,
    tables,
)
from studies.pruning_tables import DOCS

USERS = ("three", "ten", "five", "twenty")


def row(user, **changed):
    measured = {"accuracy": 0.8475, "deviation": 0.0042, "reached_sparsity": 0.9004}
    gains = {"speedup": 3.1234, "energy_ratio": 3.95}
    kind = {"pattern": "block(block=16)", "sparsity": 0.9, "exempt": "first,depthwise", "machine": "block_tc"}
    return {"user": user, "seeds": 3, **kind, **measured, **gains, **changed}


def test_the_document_holds_the_tables_that_are_printed():
    text = (DOCS.parent / "pruning_results.md").read_text(encoding="utf-8")
    for table in tables():
        for line in table.splitlines():
            assert line in text


def test_a_main_line_has_means_deviations_and_the_range_over_users():
    rows = [row(user, speedup=speedup) for user, speedup in zip(USERS, (3.14, 3.1, 3.2, 3.16), strict=True)]
    cells = main_lines(pd.DataFrame(rows))
    assert cells == [["block(block=16), `block_tc`", "90 %", *["84.8 ± 0.4"] * 4, "3.1 to 3.2x", "4.0x"]]


def test_a_pattern_of_several_sparsities_is_named_once():
    rows = [row(user, sparsity=sparsity) for sparsity in (0.9, 0.95) for user in USERS]
    assert [cells[:2] for cells in main_lines(pd.DataFrame(rows))] == [
        ["block(block=16), `block_tc`", "90 %"],
        ["", "95 %"],
    ]


def test_patterns_of_one_seed_stand_by_sparsity_and_those_that_take_none_last():
    kinds = [("nm(2:4)", 0, 0.4996), ("block(block=16)", 0.8, 0.801), ("dense", 0, 0.0)]
    rows = [
        row(
            user,
            pattern=pattern,
            sparsity=asked,
            reached_sparsity=reached,
            seeds=1 if asked or reached else 3,
        )
        for pattern, asked, reached in kinds
        for user in USERS
    ]
    found = other_patterns(pd.DataFrame(rows))
    assert [cells[:3] for cells in found] == [
        ["block(block=16), `block_tc`", "80 %", "84.8"],
        ["nm(2:4), `block_tc`", "50 %", "84.8"],
    ]


def test_what_saliency_looks_at_stands_side_by_side_the_user_first():
    looked = {"none": 0.9, "all": 0.8, "user": 0.7}
    rows = [
        {**row(user), "exempt": "first,last", "optimiser_steps": 20, "looks_at": at, "accuracy": accuracy}
        for user in USERS
        for at, accuracy in looked.items()
    ]
    cells = class_awareness(pd.DataFrame(rows))
    assert cells == [["block(block=16), classifier exempt", "90 %", "20", *["70.0 / 80.0 / 90.0"] * 4]]


@pytest.mark.parametrize("rows", [[], [["a"] * len(HEADINGS)]])
def test_markdown_has_a_line_a_row_under_two_of_headings(rows):
    lines = as_markdown(HEADINGS, rows).splitlines()
    assert len(lines) == 2 + len(rows)
    assert {line.count("|") for line in lines} == {len(HEADINGS) + 1}
