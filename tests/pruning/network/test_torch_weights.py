"""Torch's weights as keep-masks: whatever their type, their graph and their strides."""

import numpy as np
import pytest
import torch

from pruning.network.layout import to_gemm
from workloads import KeepMask, MaskedLayer


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16, torch.int8, torch.bool])
def test_a_weight_is_ordered_as_the_pruner_orders_it(kind):
    conv = torch.nn.Conv2d(8, 6, 3, groups=2).to(memory_format=torch.channels_last)
    with torch.no_grad():
        conv.weight.mul_(torch.rand_like(conv.weight) < 0.5).mul_(100)
    weight = conv.weight if kind == torch.float32 else conv.weight.detach().to(kind)  # the first has a graph
    kept = to_gemm(weight.detach()) != 0
    assert np.array_equal(KeepMask.from_weight(weight).to_dense(), kept.numpy())
    assert MaskedLayer.from_weight("c", weight, 9, 9, groups=2).layer.in_channels == 8


def test_a_sparse_tensor_is_refused_in_words():
    with pytest.raises(TypeError, match="weight: expected an array or tensor of numbers, got a Tensor"):
        KeepMask.from_weight(torch.eye(4).to_sparse())
