"""Small arrays for :mod:`cases`: of every architecture that has a file of its name here.

A file's ``make`` draws an array, ``OFTEN`` times as often as one of a file without that; ``SHOWS`` names
what the drawn cases have to show.
"""

from __future__ import annotations

import sys
from typing import Any

from accel_sim.verify.layers import Pick
from workloads.inputs.parts import find_part, part_names

KINDS = {name: find_part(sys.modules[__name__], name, "array") for name in part_names(sys.modules[__name__])}
SHOWN = [text for name, kind in KINDS.items() for text in (name, *getattr(kind, "SHOWS", ()))]


def make_array(pick: Pick) -> tuple[str, dict[str, Any]]:
    """The name of an architecture and an array of it."""
    often = [name for name, kind in KINDS.items() for _ in range(getattr(kind, "OFTEN", 1))]
    architecture = pick(often)
    return architecture, {**KINDS[architecture].make(pick), "pipeline_cycles": pick((0, 1, 6, 20))}
