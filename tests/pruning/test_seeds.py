"""Seeds: what torch takes, from 0 to 2^63 - 1, and not one more; each a draw of its own."""

from collections.abc import Callable

import pytest
import torch

from pruning.methods import parse_method
from pruning.run.config import RunConfig
from pruning.saliencies import parse_saliency
from workloads.inputs import InputError

HIGHEST = 2**63 - 1


@pytest.mark.parametrize(
    "use",
    [
        lambda seed: parse_method(f"random(seed={seed})"),
        lambda seed: parse_saliency(f"random(seed={seed})"),
        lambda seed: RunConfig((0, 1), seed=seed),
    ],
)
def test_the_highest_is_taken_and_the_next_refused(use: Callable[[int], object]) -> None:
    use(0)
    use(HIGHEST)
    for seed in (-1, HIGHEST + 1):
        with pytest.raises(InputError, match="seed: expected"):
            use(seed)


def test_the_highest_draws_too() -> None:
    layer = {"a": torch.zeros(4, 8)}
    masks = [
        parse_method(f"random(seed={seed})").choose(layer, 0.5, 0)["a"] for seed in (0, HIGHEST, HIGHEST)
    ]
    assert masks[1] == masks[2] != masks[0]
