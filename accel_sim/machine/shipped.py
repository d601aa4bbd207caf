"""Where shipped machines, families, DRAM, energy tables and sweeps lie, and how a name becomes a path."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from workloads.inputs import InputError, as_path, did_you_mean

# What ends so is a path, wherever a name is taken.
_YAML = (".yaml", ".yml")
MACHINE_FILES = (*_YAML, ".cfg")
_FILES = (*MACHINE_FILES, ".csv", ".safetensors")


def config_kinds() -> list[str]:
    """What ships as files: ``machines``, ``families`` that they extend, ``dram``, ``energy``, ``sweeps``."""
    root = Path(str(resources.files("hw_configs")))
    return sorted(folder.name for folder in root.iterdir() if any(folder.glob("*.yaml")))


def config_folder(kind: str) -> Path:
    """The folder of the shipped files of a kind."""
    return Path(str(resources.files("hw_configs") / kind))


def config_names(kind: str) -> list[str]:
    """Names of the shipped files of a kind."""
    return sorted(path.stem for path in config_folder(kind).glob("*.yaml"))


def beside(file: Path, name: str) -> str:
    """What a file means by ``name``: a path in it starts from its folder; a name stays one."""
    return str(file.parent / name) if name.endswith(_FILES) else name


def find_config(kind: str, name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a shipped name, or the path itself if it ends in ``.yaml`` or ``.yml``.

    Raises:
        InputError: no such name; the message lists those there are.
        TypeError: neither text nor a path.
    """
    what = kind.rstrip("s")
    path = as_path(name_or_path, what)
    text = str(path)
    if text.endswith(_YAML):
        return path
    names = config_names(kind)
    if text not in names:
        raise InputError(
            f"{what}: expected a known name or a .yaml file, got {text!r}{did_you_mean(text, names)}"
        )
    return config_folder(kind) / f"{text}.yaml"
