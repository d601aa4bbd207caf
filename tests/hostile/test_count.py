"""How many hostile cases there are, beside those that hypothesis draws."""

import test_command_lines
import test_grids
import test_machine_files
import test_pruning_command_lines
import test_python_api
import test_tables
import test_tensor_files

PARTS = (
    test_command_lines,
    test_grids,
    test_machine_files,
    test_pruning_command_lines,
    test_python_api,
    test_tables,
    test_tensor_files,
)


def test_there_are_hundreds_of_every_kind():
    counts = {part.__name__: part.CASES for part in PARTS}
    print(counts)
    assert min(counts.values()) >= 200, counts
    assert sum(counts.values()) >= 500
