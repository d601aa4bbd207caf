"""A part is one file in the folder of its kind: dropped there, it is listed, accepted and run.

``new_parts`` holds a small one of each kind, where it goes in the repository; here they are laid over a copy
of the packages, in which a process of its own takes them through the commands.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT, PARTS = Path(__file__).parents[2], Path(__file__).parent / "new_parts"
KINDS = {
    "patterns": "rows",
    "saliencies": "squares",
    "scores": "l2",
    "schedules": "late",
    "models": "two_layers",
    "data": "stripes",
}
COMMANDS = """
import json, sys
from pruning.cli import main

for words in json.load(sys.stdin):
    sys.argv = ["crisp-prune", *words]
    try:
        main()
    except SystemExit as leaving:
        if leaving.code:
            raise
    print("\\0", end="")
"""
CHECKS = """
from workloads import load_workload
from workloads.artifact import read_artifact
from workloads.patterns import parse_pattern

for item in read_artifact("rows.safetensors").layers:
    assert parse_pattern("rows(density=0.5)").check(item.mask) is None, item.layer.name
drawn = load_workload("resnet20_w16_28", "rows(density=0.5)")
assert min(item.mask.density for item in drawn.layers) == 0.5
"""
GRID = """\
data: stripes(each=6)
network: {model: two_layers, epochs: 1}
classes: {two: "lying,slanting"}
base: {saliency: squares, schedule: late, exempt: none}
grids: [{pattern: [rows, unstructured], sparsity: [0.4, 0.6]}]
"""
QUICK = ("--steps", "1", "--last-steps", "0", "--batch-size", "8", "--samples", "4", "--calibration", "8")
RUN = ("run", "--classes", "lying,slanting", "--checkpoint", "dense.safetensors", *QUICK)


def python(code: str, folder: Path, given: str = "") -> str:
    """What a process prints that knows the packages in ``folder`` and no other."""
    # Kernels are cached by their place: compiled for a copy they would be waited for, and of no use later.
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages with a new part of each kind, and an experiment that names them."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("pruning", "workloads"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for part in PARTS.rglob("*.py"):
        place = folder / part.relative_to(PARTS)
        assert place.parent.is_dir()
        assert not place.exists()
        shutil.copy(part, place)
    (folder / "grid.yaml").write_text(GRID)
    return folder


@pytest.fixture(scope="module")
def said(copy: Path) -> dict[str, str]:
    """What each command says of the new parts, one after the other."""
    lines: dict[str, tuple[str, ...]] = {
        "list": ("list", "--json"),
        "help": ("run", "--help"),
        "train": ("train", "--data", "stripes", "--model", "two_layers", "--epochs", "1", "-o", RUN[4]),
        "rows": (
            *(*RUN, "--pattern", "rows", "--saliency", "squares", "--schedule", "late", "--exempt", "none"),
            *("--sparsity", "0.5", "-o", "rows.safetensors", "--json"),
        ),
        "channel": (
            *(*RUN, "--pattern", "channel(score=l2)", "--sparsity", "0.5"),
            *("-o", "narrow.safetensors", "--json"),
        ),
        "inspect": (
            "inspect",
            RUN[4],
            "--pattern",
            "rows",
            "--exempt",
            "none",
            "--image-size",
            "8",
            "--json",
        ),
        "experiment": ("experiment", "grid.yaml", "-o", "made", "--dry-run"),
    }
    told = python(COMMANDS, copy, json.dumps([*lines.values()])).split("\0")
    return dict(zip(lines, told, strict=False))


def test_there_is_one_file_of_each_kind() -> None:
    """And one more of a storage format, which a method names."""
    folders = sorted(str(part.parent.relative_to(PARTS)) for part in PARTS.rglob("*.py"))
    assert folders == [
        *("pruning/channel/scores", "pruning/data", "pruning/methods", "pruning/models"),
        *("pruning/saliencies", "pruning/schedules", "workloads/formats", "workloads/patterns"),
    ]


def test_they_are_listed(said: dict[str, str]) -> None:
    listed = json.loads(said["list"])
    for kind, name in KINDS.items():
        assert name in listed[kind]
        if kind not in ("scores", "models"):
            assert name in said["help"]


def test_a_run_takes_them(said: dict[str, str], copy: Path) -> None:
    masked, narrowed = json.loads(said["rows"]), json.loads(said["channel"])
    assert masked["pattern"] == "rows"
    assert masked["sparsity"] == pytest.approx(0.5, abs=0.05)
    assert 0.5 <= narrowed["sparsity"] < 0.6  # channels are large steps
    python(CHECKS, copy)


def test_a_dry_run_stores_them_in_their_format(said: dict[str, str]) -> None:
    *rows, _ = json.loads(said["inspect"])["layers"]
    for row in rows:
        assert row["stored_bits"] == 8 * row["kept"] + row["m_dim"]


def test_an_experiment_takes_them(said: dict[str, str]) -> None:
    assert len(said["experiment"].split()) == 4
    assert said["experiment"].count("two_rows") == 2
