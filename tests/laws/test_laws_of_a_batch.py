"""What a batch may cost."""

from dataclasses import replace

import pytest
from law_cases import COUNTED, LAYERS, PATTERNS, machine_with, mask_layer, run


@pytest.mark.parametrize("machine", COUNTED)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_batch_is_never_cheaper_than_one_input_and_never_dearer_than_as_many_runs(machine, pattern):
    layers = [LAYERS[0], LAYERS[1], LAYERS[6], LAYERS[8]]
    for layer in layers:
        one, four = (
            run(mask_layer(replace(layer, batch=n), pattern), machine_with(machine)).counts for n in (1, 4)
        )
        assert one["cycles"] < four["cycles"] <= 4 * one["cycles"]
        assert four["macs"] == 4 * one["macs"]


@pytest.mark.parametrize(
    ("machine", "pattern"), [("sparseloop_tc", "dense"), ("crisp_stc_lpddr4", "nm(1:4)")]
)
def test_a_batch_may_be_dearer_than_as_many_runs(machine, pattern):
    """Why the law above is one of counted ends and simple DRAM.

    With hidden ends one first load is hidden and not four; later images find other rows open, and refreshes.
    """
    one, four = (
        run(mask_layer(replace(LAYERS[0], batch=n), pattern), machine_with(machine)).counts["cycles"]
        for n in (1, 4)
    )
    assert four > 4 * one
