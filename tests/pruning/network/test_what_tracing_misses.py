"""Products that the tracer takes for element-wise operations: docs/DEVIATIONS.md, V28."""

import torch
from torch import Tensor, nn

from pruning.network.trace import trace_program


class DotWrittenAsScale(nn.Module):
    """A template as large as its activation: a product of 64 pairs, written as a scale and a sum."""

    def __init__(self) -> None:
        super().__init__()
        self.template = nn.Parameter(torch.ones(1, 8, 8))
        self.head = nn.Linear(1, 3)

    def forward(self, images: Tensor) -> Tensor:
        return self.head((images * self.template).sum((2, 3)))


def test_a_dot_product_written_as_a_scale_is_not_seen():
    program = trace_program(DotWrittenAsScale(), (1, 8, 8))
    assert [use.name for use in program.uses] == ["head"]
