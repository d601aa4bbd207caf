"""Networks as tables of layers: CSV files, one row a layer, found by name or by path, read and written."""

from __future__ import annotations

import csv
import os
from dataclasses import MISSING, dataclass, fields, replace
from importlib import resources
from pathlib import Path

from workloads.inputs import InputError, as_path, did_you_mean, require_file
from workloads.inputs.values import shown
from workloads.layer import Layer
from workloads.scalesim import read_topology, topology_columns

COLUMNS = tuple(f.name for f in fields(Layer) if f.name != "batch")
_TEXT = tuple(f.name for f in fields(Layer) if f.type == "str")
_REQUIRED = tuple(f.name for f in fields(Layer) if f.default is MISSING)


@dataclass(frozen=True)
class Network:
    """Layers in the order in which they run."""

    name: str
    layers: tuple[Layer, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one dense forward pass: convolutions and linear layers, no biases."""
        return sum(layer.macs for layer in self.layers)

    @property
    def weights(self) -> int:
        """Weights of convolutions and linear layers."""
        return sum(layer.weights for layer in self.layers)

    def with_batch(self, batch: int) -> Network:
        """The same network over ``batch`` inputs at once."""
        return Network(self.name, tuple(replace(layer, batch=batch) for layer in self.layers))


def _folder() -> Path:
    return Path(str(resources.files("workloads") / "networks"))


def network_names() -> list[str]:
    """Names of the networks that come with the package."""
    return sorted(path.stem for path in _folder().glob("*.csv"))


def load_network(name_or_path: str | os.PathLike[str]) -> Network:
    """A network by name, or from a CSV file: the columns of :data:`COLUMNS`, or a topology of SCALE-Sim.

    Lines that begin with ``#`` are comments. Geometry that is left out has the value of a 1 x 1
    convolution on a single pixel.

    Raises:
        InputError: no such network or file, or a row that is wrong (with its line).
        TypeError: neither text nor a path.
    """
    path = as_path(name_or_path, "network")
    text = str(path)
    if text in network_names():
        path = _folder() / f"{text}.csv"
    elif not text.endswith(".csv"):
        hint = did_you_mean(text, network_names())
        raise InputError(f"network: expected a known name or a .csv file, got {text!r}{hint}")
    return Network(path.stem, read_layers(require_file(path, "a network table (.csv)")))


def read_layers(path: str | os.PathLike[str]) -> tuple[Layer, ...]:
    """The layers of a network table."""
    path = as_path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a text file, got: {error}") from error
    topology = topology_columns(lines[0]) if lines else None
    if topology is not None:
        return read_topology(path, lines, topology)
    numbered = [(i, line) for i, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if not numbered:
        raise InputError(f"{path}: expected a header and layers, got an empty table")
    header_line, header = numbered[0][0], _cells(path, *numbered[0])
    for column in header:
        if column not in COLUMNS:
            raise InputError(
                f"{path}:{header_line}: expected known columns, got {column!r}{did_you_mean(column, COLUMNS)}"
            )
        if header.count(column) > 1:
            raise InputError(f"{path}:{header_line}: expected each column once, got {column!r} again")
    for column in _REQUIRED:
        if column not in header:
            raise InputError(f"{path}:{header_line}: expected the column {column!r}, got {header}")
    layers: dict[str, Layer] = {}
    for line, row in numbered[1:]:
        layer = _read_row(f"{path}:{line}", header, _cells(path, line, row))
        if layer.name in layers:
            raise InputError(f"{path}:{line}: name: expected distinct names, got {layer.name!r} again")
        layers[layer.name] = layer
    if not layers:
        raise InputError(f"{path}: expected at least one layer, got a header alone")
    return tuple(layers.values())


def _cells(path: Path, line: int, row: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([row]))]
    except csv.Error as error:
        raise InputError(f"{path}:{line}: expected cells between commas, got: {error}") from error


def _read_row(where: str, header: list[str], cells: list[str]) -> Layer:
    if len(cells) != len(header):
        raise InputError(f"{where}: expected {len(header)} cells, got {len(cells)}")
    values: dict[str, str | int] = {}
    for column, cell in zip(header, cells, strict=True):
        if column in _TEXT:
            values[column] = cell
        elif cell:
            try:
                values[column] = int(cell)
            except ValueError:  # more digits than Python reads, too
                raise InputError(f"{where}: {column}: expected a whole number, got {shown(cell)}") from None
    try:
        return Layer(**values)  # type: ignore[arg-type]
    except TypeError as error:
        raise InputError(f"{where}: expected a value in every required column, got: {error}") from None
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def write_layers(path: str | os.PathLike[str], layers: tuple[Layer, ...], comment: str) -> None:
    """Write a network table that :func:`load_network` reads back."""
    with as_path(path).open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {line}\n" for line in comment.splitlines())
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([getattr(layer, column) for column in COLUMNS] for layer in layers)
