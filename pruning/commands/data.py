"""The command ``data``: what a data set holds, and what it lacks on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pruning.commands.options import DATA, DataRoot
from workloads.console.terminal import print_json, say
from workloads.inputs import InputError

if TYPE_CHECKING:
    from pruning.data.contract import Source
    from pruning.data.shared.dataset import Dataset

EPILOG = "Example: crisp-prune data glyph62 --picture glyphs.png"


def data(
    name: Annotated[str | None, typer.Argument(help=f"None lists them; or {DATA}")] = None,
    data_root: DataRoot = None,
    picture: Annotated[Path | None, typer.Option(help="Write some images of each class as a PNG.")] = None,
    left_out: Annotated[
        bool, typer.Option("--left-out", help="What the set leaves out, and why: glyph62's unfit fonts.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say what a data set holds; for glyph62 first which Debian packages are absent. Downloads nothing."""
    from pruning.data.contract import data_names, load_dataset, parse_source

    if name is None:
        if as_json:
            print_json(data_names())
        else:
            say(*data_names())
        return
    source = parse_source(name)
    if data_root is None:
        _require_packages(source, as_json)
    found = load_dataset(name, data_root)
    summary = _summary(found)
    if left_out:
        outs = source.left_out(data_root)
        if outs is None:
            raise InputError(f"--left-out: expected a data set that leaves something out, got {name!r}")
        summary["left_out"] = dict(outs)
    if picture is not None:
        from pruning.data.shared.sheet import write_sheet

        write_sheet(found, picture)
        summary["picture"] = str(picture)
    _print(summary, as_json)


def _require_packages(source: Source, as_json: bool) -> None:
    """Print what is absent and the command that installs it, and stop; or do nothing."""
    absent = source.absent()
    if absent is None:
        return
    if as_json:
        print_json({"absent": absent.packages, "command": absent.command})
    else:
        count = f"{len(absent.packages)} of {absent.needed}"
        say(f"{count} packages are absent; this installs them:", "", absent.command, "")
    raise typer.Exit(1)


def _summary(found: Dataset) -> dict[str, Any]:
    return {
        "name": found.name,
        "description": found.description,
        "classes": len(found.class_names),
        "train_images": len(found.train_labels),
        "test_images": len(found.test_labels),
        "image": list(found.image_shape),
        "class_names": list(found.class_names),
    }


def _print(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(summary)
        return
    for key, value in summary.items():
        if isinstance(value, dict):
            say(f"{key}:", *(f"  {item}: {why}" for item, why in value.items()))
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            say(f"{key}: {text}")
