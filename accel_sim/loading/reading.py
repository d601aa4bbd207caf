"""A machine's file read, YAML or SCALE-Sim's ``.cfg``, with all that it extends, into one document."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from accel_sim.loading.extending import Extends, MachineDocument, extend
from accel_sim.loading.scalesim_cfg import machine_file
from accel_sim.machine import Machine
from accel_sim.machine.shipped import MACHINE_FILES, beside, config_folder, config_names, find_config
from workloads.inputs import InputError, as_path, did_you_mean, require_file
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import YamlDocument, load_yaml

BASES = ("machines", "families")  # folders of what can be extended by name


def machine_document(name_or_path: str | os.PathLike[str]) -> MachineDocument:
    """What a machine's file says, whichever of the two kinds it is, with all that it extends.

    Raises:
        InputError: no such name or file, one that cannot be read, a key that no machine has, a base that is
            not there, or files that extend each other in a circle; with the file and the line.
    """
    if str(name_or_path).endswith(".cfg"):
        return _with_bases(as_path(name_or_path, "machine"))
    return _with_bases(find_config("machines", name_or_path))


def _with_bases(path: Path) -> MachineDocument:
    chain = [_read(path)]
    while "extends" in chain[-1].data:
        path = _base(chain[-1])
        if path.resolve() in {document.path.resolve() for document in chain}:
            names = " -> ".join([*(document.path.name for document in chain), path.name])
            raise InputError(
                f"{chain[-1].where('extends')}: extends: expected a file that does not lead back here, got"
                f" {chain[-1].data['extends']!r} ({names})",
                "extends",
            )
        chain.append(_read(path))
    plain = [replace(one, data={k: v for k, v in one.data.items() if k != "extends"}) for one in chain]
    document = MachineDocument.of(plain.pop())
    while plain:
        document = extend(document, plain.pop())
    return document


def _read(path: Path) -> YamlDocument:
    """One file, with ``extends`` as it stands; every key is one that a machine has."""
    if path.name.endswith(".cfg"):
        return machine_file(path)
    document = load_yaml(path)
    known = [*Machine.model_fields, *Extends.model_fields]
    for key in document.data:
        if key not in known:
            got = f"{key!r}{did_you_mean(key, known)}"
            raise InputError(f"{document.where(key)}: expected a known key, got {got}", key)
    return document


def _base(document: YamlDocument) -> Path:
    """The file that a document extends.

    Raises:
        InputError: it is no text, or there is no such name or file.
    """
    name = validate(Extends, {"extends": document.data["extends"]}, document.where).extends
    here = f"{document.where('extends')}: extends"
    if name.endswith(MACHINE_FILES):
        try:
            return require_file(beside(document.path, name), "a machine's file")
        except InputError as error:
            raise InputError(f"{here}: {error}", "extends") from None
    known = {known: kind for kind in BASES for known in config_names(kind)}
    if name not in known:
        got = f"{name!r}{did_you_mean(name, known)}"
        raise InputError(f"{here}: expected a known name or a .yaml file, got {got}", "extends")
    return config_folder(known[name]) / f"{name}.yaml"
