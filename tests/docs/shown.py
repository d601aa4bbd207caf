"""The commands and the Python that the documents show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What a command begins with. A word that is added here needs a way to be run in test_shown_commands.
PROGRAMS = (
    "accel-sim",
    "crisp-prune",
    "python",
    "make",
    "pip",
    "git",
    "source",
    ".ci/run",
    "apt",
    "apt-get",
    "sudo",
)
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")


class Shown(NamedTuple):
    """A command, and the first document that shows it."""

    words: str
    document: str
    in_a_block: bool  # a line of its own, and not a few words in a sentence


def commands(text: str, document: str = "") -> list[Shown]:
    """Lines of indented blocks and spans of code that begin with a program, several in one line apart."""
    prose = _FENCED.sub("", text)
    lines = [line.strip() for line in prose.splitlines() if line.startswith("    ")]
    rest = "\n".join(line for line in prose.splitlines() if not line.startswith("    "))
    spans = [" ".join(span.split()) for span in _SPAN.findall(rest)]
    pieces = [(line, True) for line in lines] + [(span, False) for span in spans]
    return [
        Shown(part, document, in_a_block)
        for words, in_a_block in pieces
        for part in words.split(" && ")
        if part.split()[0] in PROGRAMS and part != "source"  # a field of that name, and no command
    ]


def snippets(text: str) -> list[str]:
    """The fenced blocks of Python."""
    return [body for language, body in _FENCED.findall(text) if language == "python"]


def all_commands() -> list[Shown]:
    """Of all documents, each once."""
    found: dict[tuple[str, bool], Shown] = {}
    for path in DOCUMENTS:
        for shown in commands(path.read_text(), path.name):
            found.setdefault((shown.words, shown.in_a_block), shown)
    return list(found.values())
