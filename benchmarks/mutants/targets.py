"""What is mutated in each package, and which tests have to notice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Target:
    """A package: files to put errors into, tests to run, and modules that every child can share.

    What is shared is imported once, before the first fork: it may not import what is mutated.
    """

    sources: tuple[str, ...]  # glob patterns from the root of the repository
    tests: tuple[str, ...]  # glob patterns of folders and files
    shared: tuple[str, ...]
    compiled: bool = True  # numba's kernels; where they are mutated they run as plain Python
    root: Path = ROOT

    @property
    def files(self) -> list[str]:
        """The files to mutate, relative to the root."""
        found = {path for pattern in self.sources for path in self.root.glob(pattern)}
        return sorted(str(path.relative_to(self.root)) for path in found)

    @cached_property
    def sources_text(self) -> dict[str, str]:
        """Every file as it is when this is first asked for."""
        return {file: (self.root / file).read_text() for file in self.files}

    @cached_property
    def tests_hash(self) -> str:
        """Of all tests, as they are when this is first asked for."""
        return hash_of([*self.test_files, *self.helpers])

    @property
    def test_files(self) -> list[Path]:
        """The files of the tests that have to notice."""
        return [file for file in self._python_of_tests() if file.name.startswith("test_")]

    @property
    def helpers(self) -> list[Path]:
        """What tests share."""
        files = [*self._python_of_tests(), *self.root.glob("tests/*.py")]
        return [file for file in files if not file.name.startswith("test_")]

    def _python_of_tests(self) -> list[Path]:
        parts = (path for part in self.tests for path in self.root.glob(part))
        return sorted(file for part in parts for file in (part.rglob("*.py") if part.is_dir() else [part]))


def hash_of(files: Iterable[Path]) -> str:
    """Of the names and bytes of files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


_LIBRARIES = (
    "numpy",
    "numba",
    "pandas",
    "pydantic",
    "safetensors.numpy",
    "yaml",
    "rich",
    "typer",
    "hypothesis",
)

# Of what a layer, a mapping and their price are: all tests there are would take an hour.
ACCEL_SIM_UNITS = (
    *("mapping", "mapping_file", "room", "search_space", "least_cycles", "energy", "dataflows", "results"),
    *("compare", "counts_that_fit"),
)

TARGETS = {
    "pruning": Target(
        (
            "pruning/methods/**/*.py",
            "pruning/channel/choose.py",
            "pruning/channel/rank.py",
            "pruning/channel/sets.py",
            "pruning/channel/scores/**/*.py",
            "pruning/saliencies/shared/gradients.py",
            "pruning/saliencies/*.py",
            "pruning/schedules/**/*.py",
            "pruning/run/stages.py",
            "pruning/run/by_masks.py",
            "pruning/run/by_channels.py",
            "pruning/network/logits.py",
            "pruning/training/accuracy.py",
            "pruning/training/finetune.py",
            "pruning/training/train.py",
            "pruning/training/distill.py",
            "pruning/training/batch_norm.py",
            "pruning/files/artifact.py",
            "pruning/files/onnx.py",
        ),
        ("tests/pruning",),
        (
            *_LIBRARIES,
            "torch",
            "torch._dynamo",
            "torch.export",
            "torch.fx",
            "safetensors.torch",
            "workloads.artifact",
            "workloads.patterns",
            "workloads.exempt",
        ),
    ),
    "workloads": Target(
        ("workloads/kernels/[!j]*.py", "workloads/formats/**/*.py"),
        # What takes masks through a machine as well takes minutes where kernels are not compiled.
        tuple(
            f"tests/unit/workloads/test_{what}.py"
            for what in ("formats", "masks", "patterns", "jit", "artifact")
        ),
        _LIBRARIES,
        compiled=False,
    ),
    "accel_sim": Target(
        (
            "accel_sim/engine.py",
            "accel_sim/machine/energy.py",
            "accel_sim/mapping/*.py",
            "accel_sim/search/*.py",
        ),
        (
            *(f"tests/unit/*/test_{what}.py" for what in ACCEL_SIM_UNITS),
            "tests/laws/test_huge_layers.py",
            "tests/twin/test_timing_probes.py",
            "tests/twin/test_reference_equals_kernels.py",
            "tests/validation/test_worked_example.py",
        ),
        (*_LIBRARIES, "matplotlib.pyplot", "workloads", "workloads.workload", "accel_sim.kernels"),
    ),
}
