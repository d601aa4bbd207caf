"""What is computed and which weights survive: layers, networks, keep-masks, patterns, artifacts."""

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
