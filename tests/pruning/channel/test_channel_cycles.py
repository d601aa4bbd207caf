"""What channel pruning saves on a systolic array: whole tiles of it."""

from itertools import pairwise
from pathlib import Path

import torch
from channel_masks import small
from torch import nn

from accel_sim import load_machine, simulate
from pruning.channel import prune_channels
from pruning.files.artifact import export_network
from pruning.network.trace import trace_layers
from workloads import load_workload
from workloads.artifact import write_artifact
from workloads.masks import KeepMask
from workloads.workload import MaskedLayer, Workload


def dense_workload(model: nn.Module) -> Workload:
    layers = trace_layers(model, (3, 32, 32))
    items = tuple(MaskedLayer(layer, KeepMask.ones(layer.m_dim, layer.k_dim)) for layer in layers)
    return Workload("dense", items, "dense")


def test_parameters_macs_and_time_of_vgg_fall_together() -> None:
    machine = load_machine("tpu_v1_like")
    rows = []
    for density in (1.0, 0.6, 0.3, 0.1):
        model = small("vgg16")
        report = prune_channels(model, torch.zeros(1, 3, 32, 32), density=density, by="macs", scope="uniform")
        rows.append((report.parameters, report.macs, simulate(dense_workload(model), machine).seconds))
    for column in zip(*rows, strict=True):
        assert all(high > low for high, low in pairwise(column)), rows


def test_one_channel_fewer_saves_no_compute_cycle_and_a_tile_of_the_array_does() -> None:
    machine = load_machine("edge_systolic")  # 32 x 32

    def pruned(density: float, multiple: int = 1) -> tuple[int, int]:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(3, 96, 3, padding=1), nn.ReLU(), nn.Conv2d(96, 8, 1))
        report = prune_channels(model, torch.zeros(1, 3, 32, 32), density=density, multiple=multiple)
        cycles = simulate(dense_workload(model), machine).layers["compute_cycles"].sum()
        return len(report.kept["0"].outputs), int(cycles)

    whole, one_fewer, tile_fewer = pruned(1), pruned(0.999), pruned(0.999, multiple=32)
    assert (whole[0], one_fewer[0], tile_fewer[0]) == (96, 95, 64)
    assert whole[1] == one_fewer[1] > tile_fewer[1]


def test_a_pruned_network_goes_through_an_artifact_to_the_simulator(tmp_path: Path) -> None:
    model = small("vgg16")
    report = prune_channels(model, torch.zeros(1, 3, 32, 32), density=0.4, by="macs", multiple=16)
    layers = trace_layers(model, (3, 32, 32))
    masks = {layer.name: KeepMask.ones(layer.m_dim, layer.k_dim) for layer in layers}
    network = export_network("vgg16", model, layers, masks, torch.rand(2, 3, 32, 32))
    write_artifact(tmp_path / "vgg.safetensors", network)
    workload = load_workload(tmp_path / "vgg.safetensors")
    assert sum(masked.layer.macs for masked in workload.layers) == report.macs
    machine = load_machine("tpu_v1_like")
    assert simulate(workload, machine).cycles < simulate(dense_workload(small("vgg16")), machine).cycles
