"""What a machine's file says, YAML or SCALE-Sim's ``.cfg``."""

from __future__ import annotations

import os

from accel_sim.loading.scalesim_cfg import machine_document as from_cfg
from accel_sim.machine.shipped import find_config
from workloads.inputs import as_path
from workloads.inputs.strict_yaml import YamlDocument, load_yaml


def machine_document(name_or_path: str | os.PathLike[str]) -> YamlDocument:
    """What a machine's file says, whichever of the two kinds it is.

    Raises:
        InputError: no such name or file, or one that cannot be read.
    """
    if not str(name_or_path).endswith(".cfg"):
        return load_yaml(find_config("machines", name_or_path))
    return from_cfg(as_path(name_or_path, "machine"), load_yaml(find_config("machines", "scalesim")))
