"""What a reader of a result has to know beside its numbers: a sparsity that was missed, what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pruning.network.trace import Program

_POINT = 0.01  # of sparsity: what may be missed without a word
_SLACK = 1e-9


def missed_sparsity(pattern: str, asked: float, got: float) -> str:
    """One line if ``got`` is more than a percentage point off what was ``asked`` for; else nothing.

    0 asks for nothing: it is how N:M alone, whose sparsity follows from the pattern, is run.
    """
    if asked == 0 or abs(got - asked) <= _POINT + _SLACK:
        return ""
    return f"{pattern}: asked for a sparsity of {asked:.2%}, got {got:.2%}"


def program_provenance(program: Program) -> dict[str, Any]:
    """What a program multiplies beside its layers, for the description of an artifact; empty if nothing."""
    left = [{"name": item.name, "weights": item.weights, "why": item.why} for item in program.left]
    found = {"left_out": left, "activation_products": list(program.activation_products)}
    return {key: value for key, value in found.items() if value}


def remarks(provenance: Mapping[str, Any]) -> list[str]:
    """A line for everything in a description that :func:`program_provenance` put there."""
    left: Sequence[Mapping[str, Any]] = provenance.get("left_out", ())
    lines = [f"left out, dense: {item['name']} ({item['weights']:,} weights, {item['why']})" for item in left]
    products: Iterable[str] = provenance.get("activation_products", ())
    lines += [f"not in the file, since no weight takes part: {product}" for product in products]
    return lines
