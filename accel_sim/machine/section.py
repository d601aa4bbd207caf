"""What every part of a machine file, and every file like it, is made of; fields that ranking leaves free."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

MOST = 2**40  # of a size, a rate or a delay: kernels count in int64


class Section(BaseModel):
    """A part of a file: no unknown keys, no silent conversions, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Free:
    """Beside a field of a machine: machines that are ranked may differ in it, and why.

    A field without it is a resource that they must have alike (:mod:`accel_sim.compare.fairness`).
    """

    because: str
