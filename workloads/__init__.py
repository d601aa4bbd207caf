"""What is computed and which weights survive: layers, networks, keep-masks, patterns, artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.lazy import lazy_names

if TYPE_CHECKING:
    from workloads.by_hand import conv_workload, gemm_workload
    from workloads.layer import Layer
    from workloads.masked_layer import MaskedLayer
    from workloads.masks import KeepMask
    from workloads.network import Network, load_network
    from workloads.workload import Workload, load_workload

__all__ = [
    "KeepMask",
    "Layer",
    "MaskedLayer",
    "Network",
    "Workload",
    "conv_workload",
    "gemm_workload",
    "load_network",
    "load_workload",
]

__getattr__ = lazy_names(
    __name__,
    {
        "KeepMask": "workloads.masks",
        "Layer": "workloads.layer",
        "MaskedLayer": "workloads.masked_layer",
        "Network": "workloads.network",
        "Workload": "workloads.workload",
        "conv_workload": "workloads.by_hand",
        "gemm_workload": "workloads.by_hand",
        "load_network": "workloads.network",
        "load_workload": "workloads.workload",
    },
)
