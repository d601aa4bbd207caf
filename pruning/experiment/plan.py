"""An experiment file: data, a dense network, the users' classes and grids of pruning runs."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pruning.data import Dataset, load_dataset, parse_classes
from pruning.fields.types import OptionValue
from pruning.run.config import RunConfig
from pruning.training.config import TrainConfig
from pruning.training.train import network_options
from workloads.inputs import InputError, did_you_mean, require_file
from workloads.inputs.schema import validate
from workloads.inputs.strict_yaml import YamlDocument, load_yaml

SHIPPED = "shipped"
_FIELDS = tuple(field.name for field in fields(RunConfig) if field.name != "classes")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Network(_Section):
    """The dense network: a checkpoint, or how to train one."""

    checkpoint: str | None = None  # a path, from the file's own folder on, or shipped
    model: str | None = None  # name of a definition, which is trained
    options: dict[str, OptionValue] = {}  # of the definition
    epochs: int = Field(TrainConfig.epochs, ge=1)  # of its training
    learning_rate: float = Field(TrainConfig.learning_rate, gt=0)  # peak of the one-cycle schedule
    seed: int = Field(TrainConfig.seed, ge=0)  # of its training

    @model_validator(mode="after")
    def _one_source(self) -> Network:
        if (self.checkpoint is None) == (self.model is None):
            raise ValueError("expected either checkpoint or model, got both or neither")
        return self


class _File(_Section):
    description: str = ""  # a sentence
    data: str  # name of a data set, or a folder of images
    network: Network
    classes: dict[str, str] = Field(min_length=1)  # a name for the user -> names or numbers
    base: dict[str, Any] = {}  # fields of RunConfig that all runs share
    grids: list[dict[str, Any]] = Field(min_length=1)  # fields of RunConfig -> a value or several


@dataclass(frozen=True)
class Run:
    """One run of an experiment."""

    user: str  # the name that the file gives the classes
    config: RunConfig

    @property
    def file_name(self) -> str:
        """Of its artifact: readable, and another for every other configuration."""
        words = (self.user, self.config.pattern, f"{self.config.sparsity:g}", f"seed{self.config.seed}")
        text = re.sub(r"[^A-Za-z0-9.]+", "_", "-".join(words)).strip("_")
        digest = hashlib.sha256(json.dumps(self.config.chosen, sort_keys=True).encode()).hexdigest()
        return f"{text}-{digest[:8]}.safetensors"


@dataclass(frozen=True)
class Experiment:
    """What an experiment file asks for, every configuration in it checked."""

    name: str
    description: str
    data_source: str
    network: Network
    runs: tuple[Run, ...]  # in the order of the file, none twice


def load_experiment(path: Path | str, data_root: str | None = None) -> tuple[Experiment, Dataset]:
    """The experiment in ``path`` and its data.

    Each grid stands for every combination of its values, for every user; a combination that an earlier
    grid had is not run again.

    Args:
        data_root: the folder that the data lies in, if not where it usually does.

    Raises:
        InputError: anything wrong with the file, or the data is not there.
    """
    path = Path(path)
    document = load_yaml(path)
    file = validate(_File, document.data, document.where)
    network = _from_its_folder(file.network, path.parent)
    with _placed(document, "data"):
        data = load_dataset(file.data, data_root)
    _require_network(document, network, data)
    users = {}
    for name, text in file.classes.items():
        with _placed(document, f"classes.{name}"):
            users[name] = parse_classes(text, data.class_names)
    _require_fields(document, "base", file.base)
    runs: dict[Run, None] = {}
    for index, grid in enumerate(file.grids):
        place = f"grids.{index}"
        _require_fields(document, place, grid)
        axes = {**file.base, **grid}
        several = [value if isinstance(value, list) else [value] for value in axes.values()]
        for user, labels in users.items():
            for values in itertools.product(*several):
                chosen = dict(zip(axes, values, strict=True))
                with _placed(document, place, "base"):
                    runs[Run(user, _config(labels, chosen))] = None
    return Experiment(path.stem, file.description, file.data, network, tuple(runs)), data


def _from_its_folder(network: Network, folder: Path) -> Network:
    if network.checkpoint in (None, SHIPPED):
        return network
    return network.model_copy(update={"checkpoint": str(folder / network.checkpoint)})


def _require_network(document: YamlDocument, network: Network, data: Dataset) -> None:
    if network.model is not None:
        with _placed(document, "network"):
            network_options(network.model, data, network.options)
    elif network.checkpoint is not None and network.checkpoint != SHIPPED:
        with _placed(document, "network.checkpoint"):
            require_file(Path(network.checkpoint), "a checkpoint (.safetensors)")


def _config(classes: tuple[int, ...], chosen: Mapping[str, Any]) -> RunConfig:
    try:
        return RunConfig(classes, **chosen)
    except TypeError as error:  # a value of another type than its field's
        raise InputError(str(error)) from None


def _require_fields(document: YamlDocument, place: str, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        where = f"{document.where(f'{place}.{name}')}: {place}"
        if name not in _FIELDS:
            hint = did_you_mean(name, _FIELDS)
            raise InputError(f"{where}: expected a known key, got {name!r}{hint}")
        if value == []:
            raise InputError(f"{where}.{name}: expected at least one value, got none")


@contextmanager
def _placed(document: YamlDocument, place: str, *others: str) -> Iterator[None]:
    """Errors from within get the place in the file before them.

    An error about a key, ``key: expected ...``, gets the key's own place if ``place`` or one of
    ``others`` has it.
    """
    try:
        yield
    except InputError as error:
        key, _, rest = str(error).partition(": ")
        for around in (place, *others):
            if f"{around}.{key}" in document.lines:
                inner = f"{around}.{key}"
                raise InputError(f"{document.where(inner)}: {inner}: {rest}") from None
        text = rest if key in place.split(".") else str(error)  # classes.vowels: and not again classes:
        raise InputError(f"{document.where(place)}: {place}: {text}") from None
