"""Work that is dealt unevenly, worked out with a pencil (rules 10, 11, 11a, 11f of docs/machine)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from accel_sim.architectures import (
    Schedule,
    SmemLayout,
    gather,
    outer_product,
)
from workloads import MaskedLayer, gemm_workload

WORDS = SmemLayout(word_bytes=1)


def gemm(weights: Any, activations: Any) -> MaskedLayer:
    """Weights [m, k] and activations [k, n], written as zeros and ones."""
    w, a = np.array(weights, bool), np.array(activations, bool)
    return gemm_workload(*w.shape, a.shape[1], weight_keep=w, activation_keep=a).layers[0]


def tables(schedule: Schedule, columns: int) -> dict[str, list[list[int]]]:
    stream = schedule.stream(columns)
    names = "slots", "work", "bits", "preload_bits"
    return {name: getattr(stream, name).tolist() for name in names}


def skip(**fields: Any) -> gather.Array:
    sizes = {"pe_rows": 2, "pe_columns": 2, "lanes": 1, "columns": 4, "pipeline_cycles": 0}
    return gather.Array.model_validate({**sizes, "activations": "skip", "depth": 4, **fields})


def test_a_queue_gives_the_next_channel_to_the_pe_that_is_free_first():
    weights = [[1, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]  # 4, 1, 1 and 2 cycles in a column
    masked = gemm(weights, np.ones((4, 1)))
    found = {}
    for rule in ("row", "row_sorted", "dynamic"):
        array = skip(pe_columns=1, rows_per_pe=2, columns=1, distribution=rule)
        found[rule] = tables(gather.schedule(masked, array, WORDS), 1)["slots"]
    # In turn: 4 + 1 and 1 + 2; sorted 4, 2, 1, 1: 4 + 1 and 2 + 1; the queue: 4, and 1 + 1 + 2.
    assert found == {"row": [[5]], "row_sorted": [[5]], "dynamic": [[4]]}


def test_weights_alone_are_dealt_by_passes():
    weights = [[1, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]
    for rule, passes in (("row", 5), ("row_sorted", 5), ("dynamic", 4)):
        array = gather.Array.model_validate(
            {"pe_rows": 2, "rows_per_pe": 2, "lanes": 1, "columns": 4, "pipeline_cycles": 0}
            | {"distribution": rule}
        )
        made = gather.schedule(gemm(weights, np.ones((4, 3))), array, WORDS)
        assert made.first.tolist() == [0, passes], rule
        assert made.stream(3).total.balanced_slots == 4 * 3  # 8 passes on two PEs


def product(**fields: int) -> outer_product.Array:
    sizes = {"core_rows": 1, "core_columns": 1, "rows": 2, "cols": 2, "tile_rows": 4, "tile_columns": 4}
    others = {"depth": 4, "merges_per_cycle": 100, "pipeline_cycles": 0}
    return outer_product.Array.model_validate({**sizes, **others, **fields})


LINES = gemm(
    [[1, 1, 0, 0], [1, 0, 0, 1], [1, 0, 0, 1]],  # 3, 1, 0 and 2 survivors of each position
    [[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]],  # 3, 4, 4 and 0 that are not zero
)


@pytest.mark.parametrize(("merges", "slots"), [(4, 6), (3, 4 + 2), (2, 5 + 2), (1, 9 + 4)])
def test_the_rf_merges_so_many_partial_sums_a_cycle(merges, slots):
    made = outer_product.schedule(LINES, product(merges_per_cycle=merges), WORDS)
    assert tables(made, 4)["slots"] == [[slots]]  # 9 and 4 products


def test_the_core_with_the_most_holds_up_the_others():
    made = outer_product.schedule(
        LINES, product(core_rows=2, core_columns=2, tile_rows=2, tile_columns=2), WORDS
    )
    # Channels 0, 1 | 2 have 2, 1, 0, 1 | 1, 0, 0, 1 survivors, columns 0, 1 | 2, 3 2, 2, 2, 0 | 1, 2, 2, 0
    # that are not zero.
    # Steps: (1 + 1), (1 + 1) | 1, 1: six on four cores.
    assert tables(made, 4)["slots"] == [[2]]
    assert made.stream(4).total.balanced_slots == 2
