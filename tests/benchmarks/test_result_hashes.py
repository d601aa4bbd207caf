"""A change that should change no number is held to it, table by table."""

import pytest

from benchmarks.result_hashes import Cell, changes, hashed, main
from workloads import load_workload

CELL = Cell("dense_tc", "resnet50", "dense", "names", "rows")


def test_tables_that_are_as_before_are_no_change():
    assert changes([CELL], [CELL, CELL._replace(machine="crisp_stc")]) == []


@pytest.mark.parametrize(
    ("before", "what"),
    [
        ([CELL._replace(rows="others")], "other numbers"),
        ([CELL._replace(columns="others")], "other names of columns"),
        ([CELL._replace(pattern="nm(2:4)")], "new"),
    ],
)
def test_what_differs_is_named_with_its_cell(before, what):
    assert changes([CELL], before) == [f"dense_tc / resnet50 / dense: {what}"]


def test_a_table_of_other_numbers_has_another_hash_of_its_rows_alone():
    dense, sparse = (load_workload("resnet20_w16_28", text) for text in ("dense", "nm(2:4)"))
    on_dense, on_sparse = (hashed("crisp_stc", workload) for workload in (dense, sparse))
    assert on_dense[0] == on_sparse[0]
    assert on_dense[1] != on_sparse[1]
    assert hashed("crisp_stc", dense) == on_dense


def test_a_file_of_another_state_ends_the_program(tmp_path, capsys):
    file = tmp_path / "before.csv"
    main(quick=True, output=file)
    main(quick=True, against=file)
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:-1], lines[-1][:-1] + "x"]) + "\n")
    with pytest.raises(SystemExit, match=f"1 of {len(lines) - 1} tables are not as in"):
        main(quick=True, against=file)
    assert "other numbers" in capsys.readouterr().out
