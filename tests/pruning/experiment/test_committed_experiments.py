"""The experiment files in the repository can be run as they are."""

from pathlib import Path

import pytest

from pruning.data.shared.glyphs.fonts import absent_packages
from pruning.experiment.plan import Experiment, load_experiment

FOLDER = Path(__file__).parents[3] / "experiments"


def planned(name: str) -> Experiment:
    fashion = name.endswith("fashion_mnist")
    if not fashion and absent_packages():
        pytest.skip("glyph62 needs Debian's fonts: crisp-prune data glyph62 names the packages")
    root = "embedded" if fashion else None
    return load_experiment(FOLDER / f"{name}.yaml", root)[0]


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_every_file_is_a_plan(name: str) -> None:
    plan = planned(name)
    assert plan.name == name
    assert plan.description
    assert len({run.file_name for run in plan.runs}) == len(plan.runs)


@pytest.mark.parametrize("name", ["fashion_mnist", "glyph62", "vgg16_channels"])
def test_what_is_simulated_has_a_dense_run_of_every_user(name: str) -> None:
    runs = planned(name).runs
    assert {run.user for run in runs if run.config.pattern == "dense"} == {run.user for run in runs}


@pytest.mark.parametrize("name", ["fashion_mnist", "glyph62"])
def test_class_awareness_is_asked_of_the_same_network_and_users(name: str) -> None:
    asked, main = planned(f"class_awareness_{name}"), planned(name)
    assert asked.network == main.network
    assert {(run.user, run.config.classes) for run in asked.runs} == {
        (run.user, run.config.classes) for run in main.runs
    }


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
