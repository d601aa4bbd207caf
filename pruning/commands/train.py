"""The command ``train``: a dense network from scratch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pruning.commands.options import DATA, DataRoot, Leave, Threads, require_suffix, with_fields
from pruning.training.config import TrainConfig
from workloads.console.terminal import say
from workloads.inputs import InputError
from workloads.inputs.scalars import plain_scalar

if TYPE_CHECKING:
    from pruning.fields.types import OptionValue

EPILOG = "Example: crisp-prune train --data glyph62 --epochs 8 -o dense.safetensors"


@with_fields(TrainConfig, "model", "options")
def train(
    output: Annotated[Path, typer.Option("-o", "--output", help="Checkpoint to write (.safetensors).")],
    data: Annotated[str, typer.Option(help=f"What to train on: {DATA}")] = "fashion_mnist",
    data_root: DataRoot = None,
    model: Annotated[
        str, typer.Option(help="A network (crisp-prune list models), or your own: package.module:factory.")
    ] = TrainConfig.model,
    option: Annotated[
        list[str] | None,
        typer.Option(
            help="Of the network, as width=32 or bias=false; again for more. ResNet-20 gets width=32 if none."
        ),
    ] = None,
    leave: Leave = None,
    threads: Threads = 1,
    **chosen: Any,
) -> None:
    """Train a dense network from scratch; killed, the same command goes on from the last epoch."""
    import torch

    from pruning.data import load_dataset
    from pruning.models.shared.registry import allow_model
    from pruning.training.train import train_network
    from workloads.console.progress import progress_bar

    require_suffix(output)
    torch.set_num_threads(threads)
    allow_model(model)
    options = _options(option or [])
    if model == TrainConfig.model and not options:
        options = dict(TrainConfig().options)
    config = TrainConfig(model, options, **chosen)
    images = load_dataset(data, data_root)
    with progress_bar() as show:
        info = train_network(
            config,
            images,
            output,
            lambda done, total, loss: show(done, total, f"loss {loss:.3f}"),
            leave or (),
        )
    say(f"{output}: accuracy {info.accuracy:.4f} on the test images of {images.name}")


def _options(texts: list[str]) -> dict[str, OptionValue]:
    options: dict[str, OptionValue] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (equals and name and value):
            raise InputError(f"--option: expected name=value, got {text!r}")
        options[name] = _value(name, value)
    return options


def _value(name: str, text: str) -> OptionValue:
    """What ``text`` means in an experiment file; true and false in any case."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    value = plain_scalar(text, f"--option {name}")
    return text if value is None else value
