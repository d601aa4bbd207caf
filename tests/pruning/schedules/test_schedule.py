"""Sparsity over the stages."""

import pytest

from pruning.schedules import group_targets, schedule_names, sparsity_targets
from workloads.inputs import InputError


@pytest.mark.parametrize("name", schedule_names())
@pytest.mark.parametrize("stages", [1, 2, 5])
def test_rises_to_the_target_exactly(name: str, stages: int) -> None:
    targets = sparsity_targets(name, stages, 0.9)
    assert len(targets) == stages
    assert list(targets) == sorted(targets)
    assert targets[-1] == 0.9
    assert targets[0] > 0


def test_published_cubic() -> None:
    """Zhu and Gupta: s_t = s_f + (s_i - s_f) (1 - t / T)^3, with s_i = 0."""
    for stage, found in enumerate(sparsity_targets("cubic", 8, 0.8), 1):
        assert found == pytest.approx(0.8 + (0 - 0.8) * (1 - stage / 8) ** 3)


def test_one_shot_asks_for_everything_at_once() -> None:
    assert sparsity_targets("one_shot", 3, 0.9) == (0.9, 0.9, 0.9)


@pytest.mark.parametrize(
    ("ratio", "stages", "expected"),
    [
        ((1, 8), 3, (4, 2, 1)),
        ((1, 16), 4, (8, 4, 2, 1)),
        ((2, 4), 1, (2,)),
        ((2, 4), 2, (3, 2)),
        ((1, 4), 5, (4, 3, 2, 2, 1)),
        ((4, 4), 2, (4, 4)),
    ],
)
def test_groups_decay_by_halves_to_the_ratio(
    ratio: tuple[int, int], stages: int, expected: tuple[int, ...]
) -> None:
    assert group_targets("decaying_nm", stages, "nm", ratio) == expected


@pytest.mark.parametrize("name", sorted(set(schedule_names()) - {"decaying_nm"}))
def test_other_schedules_leave_the_groups_alone(name: str) -> None:
    assert group_targets(name, 2, "nm(2:4)", (2, 4)) == (None, None)


def test_a_pattern_without_groups_cannot_decay() -> None:
    with pytest.raises(InputError, match="expected a pattern with N:M for decaying_nm, got 'unstructured'"):
        group_targets("decaying_nm", 2, "unstructured", None)


def test_linear() -> None:
    assert sparsity_targets("linear", 3, 0.9) == pytest.approx((0.3, 0.6, 0.9))


def test_wrong_input() -> None:
    with pytest.raises(InputError, match="did you mean 'cubic'"):
        sparsity_targets("cubik", 3, 0.9)
    with pytest.raises(InputError, match="stages: expected"):
        sparsity_targets("cubic", 0, 0.9)
