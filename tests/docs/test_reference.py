"""docs/reference is what the code says: its pages are made from the schemas, none by hand."""

import pytest

from accel_sim.counters import COUNTERS
from accel_sim.machine import Machine
from studies.reference_fields import Row, rows, sections, table
from studies.reference_pages import FIELDS, PAGES, stale, write

HINT = "run python -m studies.reference_pages"


def test_the_committed_pages_are_what_the_code_says():
    assert stale() == [], HINT


def test_a_page_that_is_old_or_that_nothing_makes_is_named(tmp_path):
    write(tmp_path, PAGES)
    assert stale(tmp_path) == []
    (tmp_path / "sweep.md").write_text("by hand")
    (tmp_path / "more.md").write_text("of nothing")
    assert stale(tmp_path) == ["more.md", "sweep.md"]


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ("files", "rules", "walk")])
def test_every_field_and_column_has_a_sentence(name):
    lines = [line for line in PAGES[name]().splitlines() if line.startswith("| `")]
    assert lines
    assert [line for line in lines if line.endswith("|  |")] == []


def test_every_file_has_a_sentence():
    lines = [line for line in PAGES["files"]().splitlines() if line.startswith("- `")]
    assert len(lines) > 300
    assert [line for line in lines if line.endswith(": ")] == []


def test_every_counter_is_a_column():
    page = PAGES["result_table"]()
    assert all(f"| `{counter.name}` |" in page for counter in COUNTERS)


def test_a_field_shows_type_unit_default_limits_and_sentence():
    found = {path: {row.name: row for row in rows(model)} for path, model in sections(Machine)}
    rf = found["rf"]["accumulator_bytes"]
    assert (rf.type, rf.unit, rf.default, rf.limits) == ("whole number", "bytes", "`4`", "> 0, <= 64")
    assert rf.sentence == "bytes of one partial sum"
    assert found["smem"]["capacity_bytes"].default == "*required*"
    assert found["smem"]["banks"].type == "section or none"
    assert "\\|" in table([Row("a", "b", "", "", "", "x | y")], FIELDS)
