"""``list``: the names that the other commands take."""

from __future__ import annotations

from typing import Annotated

import typer

from pruning.commands.options import Json
from workloads.inputs import InputError, did_you_mean
from workloads.inputs.terminal import print_json, say

EPILOG = "Example: crisp-prune list patterns"


def list_parts(
    kind: Annotated[
        str | None, typer.Argument(help="patterns, saliencies, schedules, networks or data; none: all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Names of the patterns, saliencies, schedules, networks and data sets there are."""
    from pruning.data import data_names
    from pruning.methods import method_names
    from pruning.models import model_names
    from pruning.saliencies import saliency_names
    from pruning.schedules import schedule_names

    names = {
        "patterns": method_names(),
        "saliencies": saliency_names(),
        "schedules": schedule_names(),
        "networks": model_names(),
        "data": data_names(),
    }
    if kind is not None and kind not in names:
        raise InputError(f"list: expected a known kind, got {kind!r}{did_you_mean(kind, names)}")
    shown = names if kind is None else {kind: names[kind]}
    if as_json:
        print_json(shown)
    else:
        say(*(f"{name}: {', '.join(found)}" for name, found in shown.items()))
