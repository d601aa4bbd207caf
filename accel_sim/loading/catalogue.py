"""The texts of ``list`` and ``show``: a sentence for all that can be named, by kind; a thing described."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import accel_sim.architectures
import accel_sim.columns
import accel_sim.counters
import workloads.formats
import workloads.patterns
from accel_sim.architectures.shared.on_chip import on_chip
from accel_sim.loading.machine import load_machine
from accel_sim.loading.reading import machine_document
from accel_sim.loading.spelled_out import spell_out
from accel_sim.machine import dram_models
from accel_sim.machine.shipped import MACHINE_FILES, config_kinds, config_names, find_config
from workloads.inputs import InputError, did_you_mean, require_file
from workloads.inputs.parts import find_part, part_names
from workloads.inputs.printable import printable
from workloads.inputs.strict_yaml import load_yaml
from workloads.network import load_network, network_names


def _files(kind: str) -> dict[str, str]:
    """Of each shipped file of a kind what it says of itself."""
    return {
        name: str(load_yaml(find_config(kind, name)).data.get("description", ""))
        for name in config_names(kind)
    }


def _networks() -> dict[str, str]:
    networks = {name: load_network(name) for name in network_names()}
    return {
        name: f"{len(network.layers)} layers, {network.macs:,} MACs, {network.weights:,} weights"
        for name, network in networks.items()
    }


def _parts(package: ModuleType) -> dict[str, str]:
    """Of each part the first line of its docstring, less the name before its colon."""
    kind = _kind_of(package).rstrip("s")
    return {
        name: (find_part(package, name, kind).__doc__ or "").splitlines()[0].partition(": ")[2]
        for name in part_names(package)
    }


def _kind_of(package: ModuleType) -> str:
    return package.__name__.rpartition(".")[2]


MACHINES = "machines"  # the kind whose files are shown as they run
_PARTS = (
    workloads.patterns,
    workloads.formats,
    accel_sim.architectures,
    accel_sim.counters,
    accel_sim.columns,
    dram_models,
)


def _kinds() -> dict[str, Callable[[], dict[str, str]]]:
    """Kind -> what finds its names: machines first, networks, parts, and the other files that ship."""
    files = {kind: partial(_files, kind) for kind in config_kinds()}
    parts = {_kind_of(package): partial(_parts, package) for package in _PARTS}
    return {MACHINES: files.pop(MACHINES), "networks": _networks, **parts, **files}


def catalogue(kind: str | None = None) -> dict[str, dict[str, str]]:
    """What can be named: kind -> name -> one sentence; of one kind, or of all.

    Raises:
        InputError: no such kind.
    """
    kinds = _kinds()
    if kind is None:
        return {title: names() for title, names in kinds.items()}
    if kind not in kinds:
        raise InputError(f"kind: expected a known one, got {kind!r}{did_you_mean(kind, kinds)}")
    return {kind: kinds[kind]()}


def describe(name: str) -> str:
    """The text of a machine as it runs, of a network's layers, or of another file as it is written.

    Raises:
        InputError: nothing has that name.
    """
    for kind in config_kinds():
        if name in config_names(kind):
            return _machine(name) if kind == MACHINES else _written(find_config(kind, name))
    if name.endswith(MACHINE_FILES):
        path = require_file(name, "a .yaml file")
        return _machine(name) if _is_machine(path) else _written(path)
    if name in network_names() or name.endswith(".csv"):
        network = load_network(name)
        lines = [f"{network.name}: {network.macs:,} MACs, {network.weights:,} weights"]
        width = max(len(layer.name) for layer in network.layers)
        lines += [
            f"{layer.name:<{width}}  {layer.kind:<6}  m={layer.m_dim:<5} k={layer.k_dim:<5}"
            f" n={layer.n_dim:<6} groups={layer.groups:<4} {layer.macs:,} MACs"
            for layer in network.layers
        ]
        return "\n".join(lines)
    known = [*(known for kind in config_kinds() for known in config_names(kind)), *network_names()]
    raise InputError(f"name: expected a known one, got {name!r}{did_you_mean(name, known)}")


def _is_machine(path: Path) -> bool:
    """Whether a file says what a machine is, and not a family, a DRAM, a table or a sweep."""
    return path.suffix == ".cfg" or bool({"architecture", "extends"} & load_yaml(path).data.keys())


def _written(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip()


def _machine(name: str) -> str:
    """Every field with the line that says it, and, as a comment, what the machine holds on chip."""
    machine, document = load_machine(name), machine_document(name)
    chain = ", which extends ".join(path.name for path in document.chain)

    def said(field: str) -> str:
        if field not in document.lines:
            return "default"
        return printable(f"{document.file_of(field).name}:{document.lines[field]}")

    held = on_chip(machine)
    text = spell_out(machine.model_dump(), said)
    return f"# {printable(chain)}\n{text}\n# {held.multipliers:,} multipliers; {held}"
