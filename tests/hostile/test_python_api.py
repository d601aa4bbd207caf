"""Every argument of every public function and class, with every hostile object in its place."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from ends import a_share, none_wrong, wrong_call, wrong_result
from objects import OBJECTS
from torch import nn

import accel_sim
import pruning
import workloads
from accel_sim.results import SimulationResult
from pruning.masking.pruner import PruneConfig
from workloads import KeepMask, Layer, MaskedLayer, Network, Workload

LAYER = Layer.linear("fc", 16, 8)
LAYERS = (MaskedLayer(LAYER, KeepMask.ones(8, 16)),)
# A good call of each: its arguments. What is left out has a default.
GOOD: dict[str, tuple[Callable[..., Any], Callable[[], dict[str, Any]]]] = {
    "load_machine": (accel_sim.load_machine, lambda: {"name_or_path": "crisp_stc"}),
    "simulate": (
        accel_sim.simulate,
        lambda: {"workload": Workload("w", LAYERS, "test"), "machine": accel_sim.load_machine("crisp_stc")},
    ),
    "dram_stream": (accel_sim.dram_stream, lambda: {"preset": "ddr4_2400", "addresses": [0, 64, 128]}),
    "load_workload": (workloads.load_workload, lambda: {"source": "net.csv", "pattern": "nm(2:4)"}),
    "load_network": (workloads.load_network, lambda: {"name_or_path": "net.csv"}),
    "gemm_workload": (workloads.gemm_workload, lambda: {"m_dim": 8, "k_dim": 16, "n_dim": 4}),
    "conv_workload": (
        workloads.conv_workload,
        lambda: {"weight": np.ones((8, 4, 3, 3), np.float32), "in_h": 6, "in_w": 6},
    ),
    "KeepMask.from_weight": (KeepMask.from_weight, lambda: {"weight": np.ones((8, 4, 3, 3), np.float32)}),
    "KeepMask.from_dense": (KeepMask.from_dense, lambda: {"dense": np.ones((8, 16), bool)}),
    "KeepMask.ones": (KeepMask.ones, lambda: {"m_dim": 8, "k_dim": 16}),
    "Layer": (
        Layer,
        lambda: {"name": "a", "kind": "conv", "in_channels": 4, "out_channels": 8, "in_h": 5, "in_w": 5},
    ),
    "Layer.gemm": (Layer.gemm, lambda: {"name": "a", "m_dim": 8, "k_dim": 16, "n_dim": 4}),
    "MaskedLayer": (MaskedLayer, lambda: {"layer": LAYER, "mask": KeepMask.ones(8, 16)}),
    "crisp_masks": (pruning.crisp_masks, lambda: {"saliency": {"a": torch.rand(32, 64)}, "sparsity": 0.7}),
    "unstructured_masks": (pruning.unstructured_masks, lambda: {"saliency": {"a": torch.rand(32, 64)}}),
    "PruneConfig": (PruneConfig, lambda: {"pattern": "nm(2:4)", "image_shape": (3, 8, 8)}),
    "prepare": (
        pruning.prepare,
        lambda: {"model": small_model(), "config": PruneConfig("nm(2:4)", (3, 8, 8))},
    ),
    "class_saliency": (
        pruning.class_saliency,
        lambda: {"model": small_model(), "images": torch.rand(2, 3, 8, 8), "labels": torch.tensor([0, 1])},
    ),
    "reestimate_batch_norm": (
        pruning.reestimate_batch_norm,
        lambda: {"model": small_model(), "images": torch.rand(2, 3, 8, 8)},
    ),
    "load_pruned": (pruning.load_pruned, lambda: {"path": "nowhere.safetensors"}),
    "RunConfig": (pruning.RunConfig, lambda: {"classes": (1, 2)}),
}
TEXT_OF_ERRORS = {"origin"}  # no input: what load_machine calls its overrides
PLACES = [
    (name, argument)
    for name, (function, _) in GOOD.items()
    for argument in inspect.signature(function).parameters
    if argument not in TEXT_OF_ERRORS
]
CASES = sum(len(a_share(OBJECTS, place)) for place in PLACES)
# Public names that are made by others, or are covered by a command of the same arguments.
NOT_CALLED = {
    "SimulationResult",
    "Network",
    "Workload",
    "KeepMask",
    "Pruner",
    "RunResult",
    "prune_to_file",
    "run_pruning",
}


def small_model() -> nn.Module:
    """Two layers that can be pruned, and a batch norm."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(128, 4)
    )


def wrong(result: Any) -> str | None:
    """What is wrong with what a call gave back, where that can be told."""
    if isinstance(result, SimulationResult):
        return wrong_result(result)
    if isinstance(result, Network):
        return None if result.layers else "a network without layers"
    if isinstance(result, Workload | MaskedLayer):
        layers = result.layers if isinstance(result, Workload) else (result,)
        return wrong_result(
            accel_sim.simulate(Workload("w", layers, "test"), accel_sim.load_machine("crisp_stc"))
        )
    return None


def test_every_public_name_is_called():
    public = {*accel_sim.__all__, *workloads.__all__, *pruning.__all__}
    assert public - {name.partition(".")[0] for name in GOOD} - NOT_CALLED == set()


@pytest.mark.usefixtures("inside")
def test_good_calls_are_good():
    for name, (function, arguments) in GOOD.items():
        if name != "load_pruned":
            assert wrong(function(**arguments())) is None, name


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(("name", "argument"), PLACES)
def test_a_hostile_object_ends_in_one_line_or_a_result(name, argument):
    function, arguments = GOOD[name]
    found = {}
    for what, value in a_share(OBJECTS, (name, argument)).items():
        found[what] = wrong_call(partial(function, **{**arguments(), argument: value}), wrong)
    none_wrong(found)


@pytest.mark.parametrize(
    "dense",
    [np.full((2, 4), np.nan), np.array([["yes", "no"]]), [["kept", "gone"]], np.array([[1.0, float("nan")]])],
    ids=["NaN", "text", "a list of text", "a NaN"],
)
def test_what_is_neither_kept_nor_gone_is_refused(dense):
    with pytest.raises((TypeError, ValueError), match="expected"):
        KeepMask.from_dense(dense)
