"""A network out of a file is in evaluation mode: an image gives the same logits, alone or not."""

from dataclasses import replace
from pathlib import Path

import torch
from pruning_stops import QUICK, save_with_dropout

from pruning.data import Dataset
from pruning.files.checkpoint import load_checkpoint
from pruning.files.pruned import load_pruned
from pruning.run.prune import prune_to_file


def is_evaluating(model: torch.nn.Module, data: Dataset) -> bool:
    images = data.test_images[:4]
    with torch.no_grad():
        together, again = model(images), model(images)
        alone = torch.cat([model(image[None]) for image in images])
    return torch.equal(together, again) and torch.allclose(together, alone, atol=1e-5)


def test_a_checkpoint_and_a_pruned_network(data: Dataset, tmp_path: Path) -> None:
    """This network drops values and normalises: in training mode nothing of that would hold."""
    path = save_with_dropout(tmp_path / "dense.safetensors", data)
    model, _ = load_checkpoint(path)
    assert is_evaluating(model, data)
    assert not is_evaluating(model.train(), data)
    config = replace(QUICK, pattern="unstructured", stages=1, steps=0, last_steps=0)
    prune_to_file(config, path, data, tmp_path / "p.safetensors")
    pruned, _ = load_pruned(tmp_path / "p.safetensors")
    assert is_evaluating(pruned, data)
