"""The experiment files in the repository can be run as they are."""

from pathlib import Path

import pytest

from pruning.data.glyphs.fonts import absent_packages
from pruning.experiment.plan import Experiment, load_experiment

FOLDER = Path(__file__).parents[2] / "experiments"


def planned(name: str) -> Experiment:
    if name != "fashion_mnist" and absent_packages():
        pytest.skip("glyph62 needs Debian's fonts: crisp-prune data glyph62 names the packages")
    root = "embedded" if name == "fashion_mnist" else None
    return load_experiment(FOLDER / f"{name}.yaml", root)[0]


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_every_file_is_a_plan_with_a_dense_run_of_every_user(name: str) -> None:
    plan = planned(name)
    assert plan.name == name
    assert plan.description
    users = {run.user for run in plan.runs}
    assert {run.user for run in plan.runs if run.config.pattern == "dense"} == users
    assert len({run.file_name for run in plan.runs}) == len(plan.runs)


def test_the_main_lines_have_three_seeds() -> None:
    seeds: dict[tuple[str, str, float, str], set[int]] = {}
    for run in planned("fashion_mnist").runs:
        if run.config.saliency_classes == "user":
            key = (run.user, run.config.pattern, run.config.sparsity, run.config.exempt)
            seeds.setdefault(key, set()).add(run.config.seed)
    for user in ("three", "ten"):
        for pattern in ("crisp(2:4, block=16)", "block(block=16)", "unstructured"):
            for sparsity in (0.9, 0.95):
                assert seeds[user, pattern, sparsity, "first,depthwise"] == {0, 1, 2}
        assert seeds[user, "dense", 0.0, "first,depthwise"] == {0, 1, 2}
