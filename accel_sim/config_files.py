"""Where the shipped machines, DRAMs, energy tables and sweeps lie, and how a name becomes a path."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from workloads.inputs import InputError, did_you_mean

_FILES = (".yaml", ".yml", ".cfg", ".csv", ".safetensors")  # what ends so is a path, wherever a name is taken


def config_folder(kind: str) -> Path:
    """The folder of shipped ``machines``, ``dram``, ``energy`` tables or ``sweeps``."""
    return Path(str(resources.files("hw_configs") / kind))


def config_names(kind: str) -> list[str]:
    """Names of the shipped files of a kind."""
    return sorted(path.stem for path in config_folder(kind).glob("*.yaml"))


def beside(file: Path, name: str) -> str:
    """What a file means by ``name``: a path in it starts from its folder; a name stays one."""
    return str(file.parent / name) if name.endswith(_FILES) else name


def find_config(kind: str, name_or_path: str | Path) -> Path:
    """The file of a shipped name, or the path itself if it ends in ``.yaml`` or ``.yml``.

    Raises:
        InputError: no such name; the message lists those there are.
    """
    text = str(name_or_path)
    if text.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    names = config_names(kind)
    if text not in names:
        what = kind.rstrip("s")
        raise InputError(
            f"{what}: expected a known name or a .yaml file, got {text!r}{did_you_mean(text, names)}"
        )
    return config_folder(kind) / f"{text}.yaml"
