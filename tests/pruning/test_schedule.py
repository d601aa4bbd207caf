"""Sparsity over the stages."""

import pytest

from pruning.schedule import SCHEDULES, sparsity_targets
from workloads.inputs import InputError


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("stages", [1, 2, 5])
def test_rises_to_the_target_exactly(name: str, stages: int) -> None:
    targets = sparsity_targets(name, stages, 0.9)
    assert len(targets) == stages
    assert list(targets) == sorted(targets)
    assert targets[-1] == 0.9
    assert targets[0] > 0


def test_published_cubic() -> None:
    assert sparsity_targets("cubic", 2, 0.8)[0] == pytest.approx(0.8 * (1 - 0.5**3))


def test_linear() -> None:
    assert sparsity_targets("linear", 3, 0.9) == pytest.approx((0.3, 0.6, 0.9))


def test_wrong_input() -> None:
    with pytest.raises(InputError, match="did you mean 'cubic'"):
        sparsity_targets("cubik", 3, 0.9)
    with pytest.raises(InputError, match="stages: expected"):
        sparsity_targets("cubic", 0, 0.9)
