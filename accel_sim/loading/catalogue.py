"""What can be named on the command line, and how to show it."""

from __future__ import annotations

from collections.abc import Callable

import yaml

import accel_sim.architectures
import workloads.patterns
from accel_sim.architectures.shared.on_chip import on_chip
from accel_sim.dram import load_device
from accel_sim.loading.energy import load_energy
from accel_sim.loading.machine import load_machine
from accel_sim.machine.shipped import config_folder, config_names, find_config
from workloads.inputs import InputError, did_you_mean, require_file
from workloads.inputs.parts import find_part, part_names
from workloads.inputs.strict_yaml import load_yaml
from workloads.network import load_network, network_names


def _machines() -> dict[str, str]:
    return {name: load_machine(name).description for name in config_names("machines")}


def _energy() -> dict[str, str]:
    return {name: load_energy(name).description for name in config_names("energy")}


def _drams() -> dict[str, str]:
    return {name: load_device(name).description for name in config_names("dram")}


def _sweeps() -> dict[str, str]:
    return {
        name: str(load_yaml(config_folder("sweeps") / f"{name}.yaml").data.get("description", ""))
        for name in config_names("sweeps")
    }


def _networks() -> dict[str, str]:
    found = {}
    for name in network_names():
        network = load_network(name)
        found[name] = (
            f"{len(network.layers)} layers, {network.macs * 1e-9:.3f} G MACs, {network.weights:,} weights"
        )
    return found


def _architectures() -> dict[str, str]:
    package = accel_sim.architectures
    return {n: _sentence(find_part(package, n, "architecture").__doc__) for n in part_names(package)}


def _patterns() -> dict[str, str]:
    package = workloads.patterns
    return {n: _sentence(find_part(package, n, "pattern").__doc__) for n in part_names(package)}


def _sentence(text: str | None) -> str:
    """The first line of a docstring, less the name before its colon."""
    return (text or "").splitlines()[0].partition(": ")[2]


_FILES = ("machines", "dram", "energy", "sweeps")  # folders of hw_configs
_KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "machines": _machines,
    "networks": _networks,
    "patterns": _patterns,
    "architectures": _architectures,
    "dram": _drams,
    "energy": _energy,
    "sweeps": _sweeps,
}


def catalogue(kind: str | None = None) -> dict[str, dict[str, str]]:
    """Kind -> name -> one sentence; of one kind, or of all.

    Raises:
        InputError: no such kind.
    """
    if kind is None:
        return {title: names() for title, names in _KINDS.items()}
    if kind not in _KINDS:
        raise InputError(f"kind: expected a known one, got {kind!r}{did_you_mean(kind, _KINDS)}")
    return {kind: _KINDS[kind]()}


def _held(name: str) -> str:
    held = on_chip(load_machine(name))
    return f"\n\n# {held.multipliers:,} multipliers; {held}"


def describe(name: str) -> str:
    """A configuration file as it is written, a ``.cfg`` as the machine that it makes, or a network's layers.

    Under a machine stands, as a comment, what it holds on chip.

    Raises:
        InputError: nothing has that name.
    """
    for kind in _FILES:
        if name in config_names(kind):
            text = find_config(kind, name).read_text(encoding="utf-8").rstrip()
            return text + _held(name) if kind == "machines" else text
    if name.endswith((".yaml", ".yml")):
        path = require_file(find_config("machines", name), "a .yaml file")
        is_machine = "architecture" in load_yaml(path).data
        return path.read_text(encoding="utf-8").rstrip() + (_held(name) if is_machine else "")
    if name.endswith(".cfg"):
        return yaml.safe_dump(load_machine(name).model_dump(), sort_keys=False).rstrip() + _held(name)
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
    known = [*(known for kind in _FILES for known in config_names(kind)), *network_names()]
    raise InputError(
        f"name: expected a machine, DRAM, energy table, sweep or network, got {name!r}"
        f"{did_you_mean(name, known)}"
    )
