"""How a command that a document shows is typed so that it takes seconds."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from shown import ROOT, Shown

SMALL = "resnet20_w16_28"
LARGE = ("resnet50", "resnet18")
# What a document writes for something of the reader's, and what stands there in the sandbox.
PLACEHOLDERS = {
    "NAME": "fashion_mnist",
    "NETWORK": SMALL,
    "FOLDER": "data",
    "FILE.png": "data.png",
    "TARGET": "test",
}
SMALL_EXPERIMENT = "results/fashion_mnist"
RUN = ["--checkpoint", "dense.safetensors", "--stages", "1", "--steps", "1", "--last-steps", "0"]
DATA = ["--data-root", "data"]


class Form(NamedTuple):
    """What is typed: a program or a module, and its words."""

    program: str
    words: list[str]


def quick_form(shown: Shown) -> Form | None:
    """The quick form of a command; None for one that is of a kind that nobody thought of."""
    words = shlex.split(shown.words)
    program, words = words[0], words[1:]
    if program == "python" and words[:1] == ["-m"]:
        program, words = words[1], words[2:]
        return _module(program, [_filled(word) for word in words]) if find_spec(program) else None
    words = [_filled(word) for word in words]
    if program in ("accel-sim", "crisp-prune"):
        if not shown.in_a_block and len(words) < 2:  # named in a sentence, not typed
            return Form(program, [*words, "--help"])
        return Form(program, QUICK[program](words))
    return Form(program, words) if program in STANDING else None


def _filled(word: str) -> str:
    for name, value in PLACEHOLDERS.items():
        word = re.sub(rf"\b{re.escape(name)}\b", value, word)
    return word


def _accel_sim(words: list[str]) -> list[str]:
    small = [SMALL if word in LARGE else word for word in words]
    if small[0] == "sweep":
        return ["sweep", "small_sweep.yaml", *small[2:], "--jobs", "1"]
    return [re.sub(r"^100$", "2", word) if small[0] == "verify" else word for word in small]


def _crisp_prune(words: list[str]) -> list[str]:
    command, rest = words[0], words[1:]
    if command == "run":
        return [command, *rest, *RUN, *DATA]
    if command == "train":
        epochs = [
            ("1" if before == "--epochs" else word) for before, word in zip(["", *rest], rest, strict=False)
        ]
        return [command, *(word.replace("width=32", "width=8") for word in epochs), *DATA]
    if command == "evaluate":
        return [command, *rest, *DATA]
    if command == "experiment":
        others = [word for word in rest[1:] if word not in ("--jobs", "2")]
        return [command, "small_experiment.yaml", *others, "--jobs", "1", *DATA]
    if command == "data" and rest[:1] == ["glyph62"] and "--data-root" not in rest:
        return [command, *rest, "--data-root", "fonts"]
    return words


def _module(module: str, words: list[str]) -> Form:
    if module.startswith(("benchmarks.", "studies.")):
        if module == "studies.class_awareness" and not words:
            words = ["results/three_ways"]
        if module == "studies.pruning_results":
            words = [re.sub("results/.*", SMALL_EXPERIMENT, word) for word in words]
        return Form(module, [*words, "--quick"])
    return Form(module, words)


QUICK: dict[str, Callable[[list[str]], list[str]]] = {"accel-sim": _accel_sim, "crisp-prune": _crisp_prune}


def _target_exists(words: list[str]) -> bool:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return set(words) <= set(targets)


def _extras_exist(words: list[str]) -> bool:
    """Every extra that is to be installed, and the package that an extra pins, stand in pyproject.toml."""
    text, wanted = (ROOT / "pyproject.toml").read_text(), words[1:]
    extras = [name for word in wanted for name in re.findall(r"\.\[([\w,]+)\]", word)]
    pinned = [word for word in wanted if "==" in word]
    files = [Path(word) for word in wanted if word.endswith(".txt")]
    return (
        words[0] == "install"
        and all(f"\n{name} = [" in text for extra in extras for name in extra.split(","))
        and all(f'"{word}"' in text for word in pinned)
        and all((ROOT / path).is_file() for path in files)
    )


# Commands that are not run, and what is looked at instead.
STANDING: dict[str, Callable[[list[str]], bool]] = {
    "make": _target_exists,
    "pip": _extras_exist,
    ".ci/run": lambda words: not words and (ROOT / ".ci" / "run").is_file(),
    "git": lambda words: words == ["clone", "REPOSITORY", "crisp-accel-sim"],
    "source": lambda words: (
        words == [".venv/bin/activate"] and "VENV := .venv" in (ROOT / "Makefile").read_text()
    ),
    "apt-get": lambda words: words == ["install"],
}
