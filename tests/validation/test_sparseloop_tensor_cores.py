"""Published cycles of Sparseloop's structured tensor cores, from the mechanism and not from a fit."""

from benchmarks.sparseloop_tensor_cores import MACHINES, table


def test_every_row_of_the_structured_tensor_cores_is_within_half_a_percent():
    found = table()
    print("\n" + found.to_string(index=False))
    assert len(found) == 27
    assert set(found["design"]) == set(MACHINES)
    assert found["gap_percent"].abs().max() <= 0.5
    # One row alone is not exact: 2:8 asks 76 bytes of 42 a cycle, and a pass takes whole cycles.
    inexact = found[found["cycles"] != found["published_cycles"]]
    assert inexact[["design", "weights"]].to_numpy().tolist() == [["STC_flexible", "nm(2:8)"]]
