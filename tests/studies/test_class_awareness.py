"""The study that asks whose classes saliency should look at, on tables written by hand."""

import pandas as pd
import pytest

from accel_sim.report.plots import save_figure
from studies.class_awareness import compared, plot
from workloads.inputs import InputError

RUN = {
    "user": "two",
    "data": "letters",
    "pattern": "crisp(2:4, block=16)",
    "exempt": "first,depthwise",
    "sparsity": 0.8,
    "stages": 3,
    "steps": 20,
    "last_steps": 90,
    "saliency": "class_gradient",
    "saliency_classes": "user",
    "learning_rate": 0.05,
    "seed": 0,
    "accuracy_before": 0.93,
    "accuracy": 0.9,
    "error": None,
}
ALL = {**RUN, "saliency_classes": "all", "accuracy": 0.88}
BLIND = {**RUN, "saliency": "magnitude", "accuracy": 0.86}


def write(folder, *rows):
    folder.mkdir()
    pd.DataFrame(rows, columns=list(RUN)).to_csv(folder / "runs.csv", index=False)
    return folder


def test_the_three_ways_meet_across_folders_and_seeds(tmp_path):
    first = write(tmp_path / "a", RUN, {**RUN, "seed": 1, "accuracy": 0.92}, ALL)
    second = write(tmp_path / "b", BLIND, {**BLIND, "seed": 1, "error": "it failed"})
    table = compared([first, second]).set_index("looks_at")
    assert table["accuracy"].to_dict() == pytest.approx({"user": 0.91, "all": 0.88, "none": 0.86})
    assert table["seeds"].to_dict() == {"user": 2, "all": 1, "none": 1}
    assert table.loc["user", "deviation"] == pytest.approx(0.01 * 2**0.5)
    assert set(table["optimiser_steps"]) == {150}


@pytest.mark.parametrize(
    "change",
    [
        {"pattern": "dense"},
        {"last_steps": 0},
        {"stages": 1},
        {"sparsity": 0.9},
        {"exempt": "first,last"},
        {"user": "other"},
        {"saliency": "random"},
        {"data": "digits"},
        {"learning_rate": 0.1},
    ],
)
def test_other_settings_are_not_mixed_in(tmp_path, change):
    folder = write(tmp_path / "a", RUN, ALL, BLIND, {**BLIND, **change, "accuracy": 0.1})
    table = compared([folder])
    assert len(table) == 3
    assert table["accuracy"].min() == 0.86
    save_figure(plot(table), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("rows", [(RUN, ALL), (RUN, BLIND), (ALL, BLIND)])
def test_without_one_of_the_ways_there_is_nothing_to_compare(tmp_path, rows):
    with pytest.raises(InputError, match="expected a setting with the saliency of the user's classes"):
        compared([write(tmp_path / "a", *rows)])


def test_a_folder_given_twice_counts_once(tmp_path):
    folder = write(tmp_path / "a", RUN, ALL, BLIND)
    assert set(compared([folder, folder])["seeds"]) == {1}


def test_settings_that_the_picture_could_not_tell_apart(tmp_path):
    faster = [{**row, "learning_rate": 0.1} for row in (RUN, ALL, BLIND)]
    with pytest.raises(InputError, match="expected one learning_rate of a setting, got several"):
        compared([write(tmp_path / "a", RUN, ALL, BLIND, *faster)])
