"""Every parameter that takes part in a product is a layer's weight, left out by name, or refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from networks_of_users import IMAGE, REFUSED, TAKEN, Mixed, Net, attended, features
from refusals import refusal
from torch import nn

import pruning
from accel_sim import load_machine, simulate
from pruning.files.artifact import export_network, restore_network
from pruning.masking.pruner import magnitude_saliency
from pruning.network.trace import trace_layers, trace_program
from workloads import load_workload
from workloads.artifact import read_artifact, write_artifact
from workloads.inputs import InputError


@pytest.fixture(autouse=True)
def _same_weights() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("what", REFUSED)
def test_a_product_that_no_layer_has_is_refused_by_its_parameter(what: str) -> None:
    build, name = REFUSED[what]
    model = build()
    with torch.no_grad():
        model.eval()(torch.zeros(2, *IMAGE))  # it is a network all the same
    for refuse in (
        lambda: trace_layers(model, IMAGE),
        lambda: pruning.prepare(model, pruning.PruneConfig("nm(2:4)", IMAGE)),
    ):
        assert re.search(rf"^{name}\b.* leave it out by its name", refusal(refuse))
    assert not any(
        module._forward_pre_hooks or module._forward_hooks or module._forward_hooks_always_called
        for module in model.modules()
    )


@pytest.mark.parametrize("what", TAKEN)
def test_what_multiplies_nothing_is_taken(what: str) -> None:
    program = trace_program(TAKEN[what](), IMAGE)
    assert [layer.name for layer in program.layers if layer.name in ("stem", "head")] == ["stem", "head"]
    assert not program.left


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_left_out_counts_as_dense(what: str) -> None:
    build, name = REFUSED[what]
    model = build()
    names = tuple(child for child, _ in model.named_children() if child not in ("stem", "head"))
    names += tuple(name for name, _ in model.named_parameters(recurse=False))
    names = tuple(n for n in names if n != "fc" or name != "learned")
    config = pruning.PruneConfig("unstructured", IMAGE, exempt="none", leave=names)
    pruner = pruning.prepare(model, config)
    layers = sum(layer.weights for layer in pruner.layers)
    # All that multiplies and lies in no layer, counted by shape: matrices, and the one vector there is.
    masked = {id(p) for layer in pruner.layers for p in model.get_submodule(layer.name).parameters()}
    left = sum(
        parameter.numel()
        for name, parameter in model.named_parameters()
        if id(parameter) not in masked and (parameter.ndim > 1 or name == "vector")
    )
    assert pruner.program.weights_left == left > 0
    pruner.step(magnitude_saliency(pruner), 0.25)
    kept = sum(mask.kept for mask in pruner.masks.values())
    assert kept + left == int(0.75 * (layers + left))
    assert pruner.sparsity == pytest.approx(0.25, abs=1 / layers)
    rows = [row for row in pruner.report() if row.why.startswith("left out: ")]
    assert sum(row.m_dim * row.k_dim for row in rows) == left
    assert all((row.gets, row.density) == ("dense", 1.0) for row in rows)


def test_a_parameter_may_be_left_by_its_own_name() -> None:
    model = Net(attended, attend=nn.MultiheadAttention(8, 2))
    program = trace_program(model, IMAGE, ["attend.in_proj_weight", "attend.out_proj.weight"])
    assert [(left.name, left.shape) for left in program.left] == [
        ("attend.in_proj_weight", (24, 8)),
        ("attend.out_proj.weight", (8, 8)),
    ]
    with pytest.raises(InputError, match=r"^attend\.out_proj\.weight: "):
        trace_program(model, IMAGE, ["attend.in_proj_weight"])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["attnd"],
            "leave: expected a parameter or module of the network, got 'attnd'; did you mean 'attend'",
        ),
        (["attend", "stem.bias"], "leave: expected what takes part in a product, got 'stem.bias'"),
        ([""], "leave: expected a parameter or module of the network, got ''"),
        (["attend", "stem", "head"], "model: expected at least one Conv2d or Linear, got none"),
    ],
)
def test_what_cannot_be_left_out(names: list[str], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        trace_program(Net(attended, attend=nn.MultiheadAttention(8, 2)), IMAGE, names)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_what_is_compiled_is_looked_through() -> None:
    model = Net(lambda net, x: net.mixed(features(x)), mixed=torch.jit.script(Mixed()))
    with pytest.raises(InputError, match=r"^mixed\.matrix: .* got mm in the model"):
        trace_program(model, IMAGE)


def test_a_lazy_layer_has_to_run_first() -> None:
    model = Net(lambda net, x: net.lazy(features(x)), lazy=nn.LazyLinear(8))
    with pytest.raises(InputError, match=r"^lazy\.weight: expected a parameter with numbers, got a lazy one"):
        trace_program(model, IMAGE)
    model(torch.zeros(1, *IMAGE))
    assert [layer.name for layer in trace_layers(model, IMAGE)] == ["stem", "lazy", "head"]


def test_products_of_two_activations_are_listed() -> None:
    def attend(_: Net, x: torch.Tensor) -> torch.Tensor:
        tokens = x.flatten(2)
        return ((tokens @ tokens.transpose(1, 2)).softmax(2) @ tokens).mean(2)

    assert trace_program(Net(attend), IMAGE).activation_products == ("bmm in the model (Net)",)


def twice() -> Net:
    """One convolution at two resolutions: its second use has a quarter of the pixels."""

    def forward(net: Net, x: torch.Tensor) -> torch.Tensor:
        return features(net.conv(net.conv(x)[:, :, ::2, ::2]))

    return Net(forward, conv=nn.Conv2d(8, 8, 3, padding=1, bias=False))


def test_a_module_that_runs_twice_costs_twice(tmp_path: Path) -> None:
    model = twice()
    pruner = pruning.prepare(model, pruning.PruneConfig("nm(2:4)", IMAGE))
    assert [(use.name, use.in_h, use.macs) for use in pruner.program.uses][1:3] == [
        ("conv", 4, 8 * 72 * 16),
        ("conv@2", 2, 8 * 72 * 4),
    ]
    assert pruner.program.macs("conv") == 8 * 72 * 20
    assert pruner.prunable == ("conv", "head")
    pruner.step(magnitude_saliency(pruner), 0)
    total = 8 * 4 * 9 + 8 * 72 + 4 * 8
    assert pruner.sparsity == pytest.approx((8 * 36 + 4 * 4) / total)  # the weights are there once
    pruner.squash()
    images = torch.rand(3, *IMAGE)
    network = export_network("n", model, pruner.layers, pruner.masks, images, values="float32")
    write_artifact(tmp_path / "n.safetensors", network)
    read = {masked.layer.name: masked for masked in read_artifact(tmp_path / "n.safetensors").layers}
    assert list(read) == ["stem", "conv", "conv@2", "head"]
    assert read["conv@2"].mask == read["conv"].mask
    with torch.no_grad():
        first = model.stem(images)
        second = model.conv(first)[:, :, ::2, ::2]
    for name, value in (("conv", first), ("conv@2", second)):
        seen = (value != 0).double().mean((0, 2, 3)).numpy()
        np.testing.assert_allclose(read[name].activation_densities.densities, seen, rtol=1e-6)
        assert read[name].activation_keep.m_dim == 2 * value.shape[2] * value.shape[3]
    result = simulate(load_workload(tmp_path / "n.safetensors"), load_machine("dense_tc"))
    macs = result.layers.set_index("layer")["macs"]
    assert (macs["conv"], macs["conv@2"]) == (8 * 36 * 16, 8 * 36 * 4)
    restored = restore_network(twice(), read_artifact(tmp_path / "n.safetensors"))
    torch.testing.assert_close(restored(images), model.eval()(images))
