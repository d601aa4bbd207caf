"""The command ``list``: the names that the other commands take."""

from __future__ import annotations

from typing import Annotated

import typer

from pruning.commands.options import Json
from workloads.console.terminal import print_json, say
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.parts import part_names_of

EPILOG = "Example: crisp-prune list patterns"
MODELS = "models"
# The package of each kind; models are several a file. The networks of accel-sim are tables of layers.
PACKAGES = {
    "patterns": "pruning.methods",
    "saliencies": "pruning.saliencies",
    "scores": "pruning.channel.scores",
    "schedules": "pruning.schedules",
    MODELS: "pruning.models",
    "data": "pruning.data",
}


def list_parts(
    kind: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(PACKAGES)}; none: all of them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Names of the patterns, saliencies, scores of channels, schedules, models and data sets there are."""
    if kind is not None and kind not in PACKAGES:
        raise InputError(f"list: expected a known kind, got {kind!r}{did_you_mean(kind, PACKAGES)}")
    shown = {name: _names(name) for name in (PACKAGES if kind is None else (kind,))}
    if as_json:
        print_json(shown)
    else:
        say(*(f"{name}: {', '.join(found)}" for name, found in shown.items()))


def _names(kind: str) -> list[str]:
    if kind != MODELS:
        return part_names_of(PACKAGES[kind])
    from pruning.models import model_names

    return model_names()
