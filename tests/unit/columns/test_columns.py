"""Columns are declared once; tables, totals and what is printed of them follow, in a fixed order."""

from typing import NamedTuple

import pytest

from accel_sim import columns as found
from accel_sim.columns import in_order


class Named(NamedTuple):
    """Something that is found by its name."""

    name: str
    after: str = ""


def names(*files: list[Named]) -> str:
    return "".join(one.name for one in in_order(list(files)))


def test_files_follow_each_other():
    assert names([Named("a"), Named("b")], [], [Named("c")]) == "abc"


def test_what_says_after_goes_there_with_all_that_stands_behind_it_in_its_file():
    assert names([Named("a"), Named("b")], [Named("c", "a"), Named("d"), Named("e", "b")]) == "acdbe"


def test_of_two_behind_the_same_the_first_comes_first():
    assert names([Named("a"), Named("z")], [Named("b", "a")], [Named("c", "a")]) == "abcz"


def test_one_may_follow_another_that_moves_itself():
    assert names([Named("c", "b")], [Named("b", "a")], [Named("a")]) == "abc"


def test_after_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="b: expected after: a known name, got 'nothing'"):
        names([Named("a"), Named("b", "nothing")])


@pytest.mark.parametrize("kind", ["LAYERS", "TOTALS", "MACHINES", "RATIOS"])
def test_every_column_has_a_name_of_its_own_and_a_sentence(kind):
    columns = getattr(found, kind)
    assert len({column.name for column in columns}) == len(columns)
    assert all(column.meaning for column in columns)
    for unit, ending in (("cycles", "_cycles"), ("bytes", "_bytes"), ("pJ", "_pj")):
        assert all(c.name.endswith(ending) for c in columns if c.unit == unit and c.name != "cycles")


def test_the_table_of_layers_begins_as_it_did():
    assert [column.name for column in found.LAYERS][:15] == [
        *("layer", "kind", "mode", "mapping", "bound", "m_dim", "k_dim", "n_dim", "groups", "weights"),
        *("exempt", "kept", "activation_density", "cycles", "compute_cycles"),
    ]
