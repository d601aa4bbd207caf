"""What became of each mutant, a line of JSON each: a run that is stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.mutants.execute import NOTICED, Outcome
from benchmarks.mutants.find import Mutant
from benchmarks.mutants.targets import Target


@dataclass(frozen=True)
class Ledger:
    """The outcomes of a package's mutants, appended to ``path``.

    An outcome holds for the source that was mutated; that of a survivor for the tests of that time too.
    """

    path: Path
    target: Target

    def read(self, mutants: Iterable[Mutant]) -> dict[str, str]:
        """The outcome by key of each mutant that is known and still holds."""
        known: dict[tuple[str, str], dict[str, Any]] = {}
        if self.path.is_file():
            for line in self.path.read_text().splitlines():
                row = json.loads(line)
                known[row["key"], row["source"]] = row
        tests, found = self.target.tests_hash, {}
        for mutant in mutants:
            row = known.get((mutant.key, self._source(mutant)), {})
            noticed = row.get("outcome") in NOTICED
            if noticed or row.get("tests") == tests:
                found[mutant.key] = row["outcome"]
        return found

    def add(self, mutant: Mutant, outcome: Outcome) -> None:
        """Append one."""
        row = {
            "key": mutant.key,
            "line": mutant.line,
            "source": self._source(mutant),
            "tests": self.target.tests_hash,
            "outcome": outcome.outcome,
            "by": outcome.by,
            "seconds": outcome.seconds,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def _source(self, mutant: Mutant) -> str:
        return hashlib.sha256(self.target.sources_text[mutant.file].encode()).hexdigest()[:16]
