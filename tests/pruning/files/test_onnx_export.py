"""ONNX: the same logits as torch for any batch, zeros where weights were pruned."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from pruning import PruneConfig, prepare
from pruning.files.onnx import export_onnx
from pruning.masking.pruner import magnitude_saliency
from workloads.inputs import InputError


def test_logits_and_zeros_are_those_of_the_pruned_network(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed: pip install -e .[onnx]")
    from onnx.reference import ReferenceEvaluator

    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU()]
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 3)).eval()
    pruner = prepare(model, PruneConfig("crisp(2:4, block=4)", (1, 12, 12)))
    pruner.step(magnitude_saliency(pruner), 0.7)
    pruner.squash()
    export_onnx(tmp_path / "net.onnx", model, (1, 12, 12))
    loaded = onnx.load(tmp_path / "net.onnx")
    onnx.checker.check_model(loaded)
    evaluate = ReferenceEvaluator(loaded)
    for batch in (1, 3):
        images = torch.randn(batch, 1, 12, 12)
        (logits,) = evaluate.run(None, {"images": images.numpy()})
        np.testing.assert_allclose(logits, model(images).detach().numpy(), rtol=1e-4, atol=1e-5)
    arrays = [onnx.numpy_helper.to_array(tensor) for tensor in loaded.graph.initializer]
    kept = sum(np.count_nonzero(array) for array in arrays if array.ndim in (2, 4))
    assert kept == sum(mask.kept for mask in pruner.masks.values())


def test_a_folder_is_no_output(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file to write, got a folder"):
        export_onnx(tmp_path, nn.Identity(), (1, 2, 2))


def test_without_the_extra_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"expected the package onnx, got none; pip install"):
        export_onnx(tmp_path / "net.onnx", nn.Identity(), (1, 2, 2))
    assert not list(tmp_path.iterdir())
