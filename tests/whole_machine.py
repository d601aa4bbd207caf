"""Shipped machines spelled out, for tests that write a machine's file with something else in it."""

from __future__ import annotations

from accel_sim.loading.reading import machine_document
from accel_sim.loading.spelled_out import spell_out
from accel_sim.machine import Machine


def whole_text(name: str) -> str:
    """A file that extends none and says all that the machine's file says with what it extends."""
    said = machine_document(name).data
    return spell_out({field: said[field] for field in Machine.model_fields if field in said})
