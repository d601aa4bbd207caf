"""Small cores of lanes with and without sparsity, blocks and zero activations."""

from __future__ import annotations

from typing import Any

from accel_sim.verify.layers import SPARSITY, Pick

OFTEN = 4
SHOWS = ("structured_tensor_core dense", "structured_tensor_core gate", "structured_tensor_core compress")


def make(pick: Pick) -> dict[str, Any]:
    lanes, m_group = pick(range(1, 6)), pick((4, 4, 6, 8))
    choices = [{"n_keep": n, "m_group": m} for n, m in SPARSITY if m == m_group and n <= lanes]
    choices = pick((choices, choices, []))
    sides = [m_group, 2 * m_group] if choices else [2, 4, 8]
    return {
        "cores": pick((1, 2, 3, 3)),
        "rows": pick((1, 2, 4)),
        "lanes": lanes,
        "columns": pick(range(1, 9)),
        "weight_sparsity": choices,
        "skip_blocks": pick(([], sides[:1], sides, sides)),
        "activation_sets": pick((1, 1, 2, 3)),
        "activations": pick(("dense", "dense", "gate", "compress")),
    }
