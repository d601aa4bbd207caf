"""YAML files without surprises, every key once, a line for every value; a value as after ``--set key=``.

PyYAML reads YAML 1.1, in which ``2:4`` is 124, ``5e-12`` is text, ``no`` is False and a repeated key
wins silently. Here its parser makes the tree and the rules below make the values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workloads.inputs.errors import InputError
from workloads.inputs.files import require_file
from workloads.inputs.scalars import plain_scalar

MOST_BYTES = 2_000_000  # a tree of more takes minutes and gigabytes


@dataclass(frozen=True)
class YamlDocument:
    """What a file says, and on which line it says it."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[str, int]  # dotted path -> line, counted from 1; list items as a.0.b

    def where(self, dotted_path: str = "") -> str:
        """``file:line`` of a value, or of the nearest thing around it that the file has."""
        return f"{self.path}:{self.lines[self.nearest(dotted_path)]}"

    def nearest(self, dotted_path: str) -> str:
        """The dotted path itself, or that of the nearest thing around it that the file has."""
        while dotted_path and dotted_path not in self.lines:
            dotted_path = dotted_path.rpartition(".")[0]
        return dotted_path


def load_yaml(path: str | os.PathLike[str]) -> YamlDocument:
    """Read a file that holds one mapping.

    Raises:
        InputError: no such file, one of more than :data:`MOST_BYTES`, no UTF-8, no YAML, or
            YAML of a kind that misleads (repeated or non-text keys, aliases, merge keys, tags, several
            documents).
    """
    path = require_file(path, "a YAML file")
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"{path}: expected a YAML file of at most {MOST_BYTES:,} bytes, got {size:,}")
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: expected a YAML file, got: {error}") from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: expected UTF-8 text, got byte 0x{raw[error.start]:02x}") from None
    reader = _Reader(str(path))
    node = reader.tree(text)
    if node is None:
        raise InputError(f"{path}:1: expected keys and values, got an empty file")
    data = reader.value(node, "")
    if not isinstance(data, dict):
        raise InputError(f"{reader.at(node)}: expected keys and values at the top, got {_kind(node)}")
    return YamlDocument(path, data, reader.lines)


def parse_scalar(text: str) -> Any:
    """The value that ``text`` has after a key of a file: as in ``--set key=text``.

    A list ``[a, b]``, a mapping ``{a: 1}`` and quotes work too; anything else is one plain scalar.

    Raises:
        InputError: an unclosed bracket or quote, or a number that no machine number holds.
    """
    stripped = text.strip()
    if not stripped.startswith(("[", "{", '"', "'")):
        return plain_scalar(stripped, repr(text))
    reader = _Reader("value")
    node = reader.tree(stripped)
    return None if node is None else reader.value(node, "")


class _Loader(yaml.SafeLoader):
    """PyYAML's parser; a plain scalar stays text, and what needs more than a tree is refused."""

    yaml_implicit_resolvers = {}  # noqa: RUF012

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(event, f"expected a value written out, got the alias '*{event.anchor}'")
        if event.tag is not None:
            raise _refusal(event, f"expected a value without a tag, got {event.tag.rpartition(':')[2]!r}")
        return super().compose_node(parent, index)


def _refusal(event: Any, text: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=text, problem_mark=event.start_mark)


class _Reader:
    """Turns text into a tree and the tree into plain values, noting the line of each."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, int] = {}

    def at(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"

    def tree(self, text: str) -> yaml.Node | None:
        try:
            loader = _Loader(text)
            return loader.get_single_node()
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            what = f"expected printable text, got the character {error.character!r}"
            raise InputError(f"{self.name}:{line}: {what}") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise InputError(f"{self.name}:{line}: {_sentence(error)}") from None
        except (RecursionError, ValueError, OverflowError) as error:
            reason = "too deep a nesting" if isinstance(error, RecursionError) else str(error)
            raise InputError(f"{self.name}: expected YAML, got {reason}") from None

    def value(self, node: yaml.Node, path: str) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            where = f"{self.at(node)}: {path}" if path else self.at(node)
            if not node.value.isascii() and any("\ud800" <= c <= "\udfff" for c in node.value):
                raise InputError(f"{where}: expected text, got half a surrogate pair in {node.value!r}")
            return node.value if node.style else plain_scalar(node.value, where)
        prefix = f"{path}." if path else ""
        if isinstance(node, yaml.SequenceNode):
            return [self.value(masked, f"{prefix}{i}") for i, masked in enumerate(node.value)]
        found: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key in found:
                raise self._wrong(
                    key_node, path, f"expected each key once, got {key!r} again (first at line {first[key]})"
                )
            first[key] = self.lines[f"{prefix}{key}"] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, f"{prefix}{key}")
        return found

    def _key(self, node: yaml.Node, path: str) -> str:
        key = plain_scalar(node.value, self.at(node)) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(node, yaml.ScalarNode) and node.style:
            key = node.value
        elif key == "<<":
            raise self._wrong(node, path, "expected values written out, got the merge key '<<'")
        if not isinstance(key, str):
            got = repr(node.value) if isinstance(node, yaml.ScalarNode) else _kind(node)
            raise self._wrong(node, path, f"expected a key that is text, got {got}")
        return key

    def _wrong(self, node: yaml.Node, path: str, text: str) -> InputError:
        return InputError(f"{self.at(node)}: {path}: {text}" if path else f"{self.at(node)}: {text}")


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "keys and values" if isinstance(node, yaml.MappingNode) else f"{node.value!r}"


def _sentence(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join((error.problem or "broken YAML").split())
    if problem.startswith("expected"):
        return problem.replace(", but got", ", got").replace("got '<stream end>'", "got the end of the file")
    if "'\\t'" in problem:
        return "expected spaces before a value, got a tab"
    if "but found another document" in problem:
        return "expected one document, got a second"
    context = " ".join((error.context or "").split())
    return f"expected YAML, got: {context + ': ' if context else ''}{problem}"
