"""Small arrays of every architecture, for :mod:`cases`."""

from __future__ import annotations

from typing import Any

from accel_sim.verify.layers import SPARSITY, Pick


def make_array(pick: Pick) -> tuple[str, dict[str, Any]]:
    """The name of an architecture and an array of it."""
    kinds = ("structured_tensor_core",) * 4 + ("gather", "gather", "systolic", "systolic", "outer_product")
    architecture = pick(kinds)
    make = {
        "structured_tensor_core": _structured,
        "gather": _gather,
        "systolic": _systolic,
        "outer_product": _outer_product,
    }
    return architecture, {**make[architecture](pick), "pipeline_cycles": pick((0, 1, 6, 20))}


def _structured(pick: Pick) -> dict[str, Any]:
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


def _gather(pick: Pick) -> dict[str, Any]:
    array = {
        "pe_rows": pick(range(1, 7)),
        "rows_per_pe": pick((1, 1, 2, 3)),
        "lanes": pick(range(1, 6)),
        "columns": pick(range(1, 9)),
        "distribution": pick(("row", "row_sorted", "dynamic")),
        "activations": pick(("dense", "skip", "skip")),
    }
    if array["activations"] == "skip":
        array |= {
            "pe_columns": pick((1, 2, 3, 5)),
            "depth": pick((1, 3, 7, 64, 70)),
            "operand_banks": pick((None, None, 1, 2, 3)),
        }
    return array


def _systolic(pick: Pick) -> dict[str, Any]:
    dataflow = pick(("weight_stationary", "output_stationary", "input_stationary"))
    return {
        "rows": pick(range(1, 7)),
        "cols": pick(range(1, 7)),
        "dataflow": dataflow,
        "accumulator_depth": None if dataflow == "output_stationary" else pick(range(1, 9)),
        "double_buffered": pick((False, True)),
    }


def _outer_product(pick: Pick) -> dict[str, Any]:
    return {
        "core_rows": pick((1, 2, 3)),
        "core_columns": pick((1, 2, 3)),
        "rows": pick((1, 2, 3)),
        "cols": pick((1, 2, 4)),
        "tile_rows": pick(range(1, 6)),
        "tile_columns": pick(range(1, 6)),
        "depth": pick((1, 3, 8, 70)),
        "merges_per_cycle": pick((1, 3, 5, 100)),
    }
