"""Published cycles of Sparseloop's tensor cores, from the mechanism and not from a fit."""

import pandas as pd
import pytest

from benchmarks.sparseloop_tensor_cores import MACHINES, table

COMPRESSED = "STC_flexible_dualCompress-RLE"
STRUCTURED = ["TC", "STC", "STC_flexible"]


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    result = table()
    print("\n" + result.to_string(index=False))
    return result


def gaps(found: pd.DataFrame, design: str) -> pd.Series:
    """Percent of each row of a design, without sign."""
    return found[found["design"] == design]["gap_percent"].abs()


def inexact(found: pd.DataFrame) -> list[list[str]]:
    """Design and weights of the rows that are not the same to the cycle."""
    return found[found["cycles"] != found["published_cycles"]][["design", "weights"]].to_numpy().tolist()


def test_each_design_has_nine_rows(found):
    assert found["design"].value_counts().to_dict() == dict.fromkeys(MACHINES, 9)


def test_every_row_of_the_structured_tensor_cores_is_within_half_a_percent(found):
    structured = found[found["design"].isin(STRUCTURED)]
    assert structured["gap_percent"].abs().max() <= 0.5
    # One row alone is not exact: 2:8 asks 76 bytes of 42 a cycle, and a pass takes whole cycles.
    assert inexact(structured) == [["STC_flexible", "nm(2:8)"]]


def test_compressed_activations_are_within_a_third_of_a_percent(found):
    compressed = found[found["design"] == COMPRESSED]
    assert gaps(found, COMPRESSED).max() <= 0.3
    # Again the one row that waits for SMEM: in whole cycles, and for the non-zeros that were drawn.
    assert inexact(compressed) == [[COMPRESSED, "nm(2:8)"]]


def test_the_dual_side_core_is_within_ten_percent_in_the_mean(found):
    gap = gaps(found, "DSTC")
    assert gap.mean() <= 10
    assert gap.max() <= 9
    # And that is not the whole truth: docs/DEVIATIONS.md has what is left, of the masks of this seed.
    assert gap.mean() == pytest.approx(4.3, abs=0.1)
    assert gap.max() == pytest.approx(8.3, abs=0.1)
