"""Mutants that no test can notice, each with its reason: ``docs/mutants.md``.

An entry is keyed by what is read, not by where it stands::

    - `pruning/methods/shared/rank_columns.py` `keep_nm_alone`: `a < b` -> `a <= b`
      why nothing can tell them apart
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from benchmarks.mutants.find import Mutant

_ENTRY = re.compile(r"- `([^`]+)` `([^`]+)`: `([^`]+)` -> `([^`]+)`")
Entry = tuple[str, str, str, str]  # file, function, before, after


def read_entries(path: Path) -> dict[Entry, str]:
    """Every entry of a document with its reason.

    Raises:
        SystemExit: an entry that cannot be read, or without a reason.
    """
    entries: dict[Entry, str] = {}
    current: Entry | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("- `"):
            found = _ENTRY.fullmatch(line.strip())
            if found is None:
                raise SystemExit(f"{path.name}:{number}: expected `file` `function`: `before` -> `after`")
            file, function, before, after = found.groups()
            current = file, function, before, after
            entries[current] = ""
        elif current is not None and line.startswith("  "):
            entries[current] = f"{entries[current]} {line.strip()}".strip()
        else:
            current = None
    bare = [entry for entry, reason in entries.items() if not reason]
    if bare:
        raise SystemExit(f"{path.name}: expected a reason for every mutant, got none for {' '.join(bare[0])}")
    return entries


def entry_of(mutant: Mutant) -> Entry:
    """Under which entry a mutant would stand."""
    return mutant.file, mutant.function, mutant.before, mutant.after


def unknown_entries(entries: Iterable[Entry], mutants: Iterable[Mutant], files: Iterable[str]) -> list[Entry]:
    """Entries of ``files`` that are no longer about any mutant: the code has changed."""
    known, mine = {entry_of(mutant) for mutant in mutants}, set(files)
    return [entry for entry in entries if entry[0] in mine and entry not in known]
