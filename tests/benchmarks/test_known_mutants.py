"""docs/mutants.md lists errors that can still be put into the code, and none that is gone."""

import pytest

from benchmarks.mutants.equivalent import read_entries, unknown_entries
from benchmarks.mutants.find import find_mutants
from benchmarks.mutants.targets import ROOT, TARGETS

ENTRIES = read_entries(ROOT / "docs" / "mutants.md")


@pytest.mark.parametrize("package", TARGETS)
def test_every_error_that_is_listed_as_equivalent_fits_the_code(package):
    target = TARGETS[package]
    mutants = [found for file, text in target.sources_text.items() for found in find_mutants(text, file)]
    assert mutants
    assert unknown_entries(ENTRIES, mutants, target.files) == []


def test_every_entry_is_of_a_file_that_is_mutated():
    assert ENTRIES
    mutated = {file for target in TARGETS.values() for file in target.files}
    assert {entry[0] for entry in ENTRIES} <= mutated
