"""What is computed and which weights survive: layers, networks, keep-masks, patterns, artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.lazy import lazy_names

if TYPE_CHECKING:
    from workloads.layer import Layer
    from workloads.masks import KeepMask
    from workloads.network import Network, load_network
    from workloads.workload import MaskedLayer, Workload, gemm_workload, load_workload

__all__ = [
    "KeepMask",
    "Layer",
    "MaskedLayer",
    "Network",
    "Workload",
    "gemm_workload",
    "load_network",
    "load_workload",
]

__getattr__ = lazy_names(
    __name__,
    {
        "KeepMask": "workloads.masks",
        "Layer": "workloads.layer",
        "MaskedLayer": "workloads.workload",
        "Network": "workloads.network",
        "Workload": "workloads.workload",
        "gemm_workload": "workloads.workload",
        "load_network": "workloads.network",
        "load_workload": "workloads.workload",
    },
)
