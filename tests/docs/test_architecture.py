"""docs/architecture.md: the rooms that it names are those of the packages, and its paths are there."""

import re
from pathlib import Path

import pytest

import studies.data_flow

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATHS = re.compile(
    r"`((?:accel_sim|pruning|workloads|studies|hw_configs|docs|tests|benchmarks|experiments)/[\w/.]*)`"
)


@pytest.mark.parametrize("package", ["accel_sim", "pruning", "workloads"])
def test_every_room_has_a_sentence(package):
    section = TEXT.partition(f"Within `{package}`")[2].partition("\n\n| room")[2].partition("\n\n")[0]
    rooms = {path.name.removesuffix(".py") for path in (ROOT / package).iterdir() if is_room(path)}
    named = {
        name
        for cell in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", cell)
    }
    assert named == rooms


def is_room(path):
    return (path.is_dir() and (path / "__init__.py").exists()) or (
        path.suffix == ".py" and path.stem != "__init__"
    )


def first_cells(heading):
    table = TEXT.partition(heading)[2].partition("|---|")[2].partition("\n\n")[0]
    return re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)


def test_of_everything_that_can_be_added_it_says_which_tests_hold_it():
    parts = first_cells("## To add something")
    assert len(parts) > 15
    assert first_cells("### Which tests hold it") == parts


def test_every_path_is_there():
    paths = [path for path in PATHS.findall(TEXT) if "NAME" not in path]
    folders = [path.rpartition("/")[0] for path in PATHS.findall(TEXT) if "NAME" in path]
    assert len(paths) > 15
    assert [path for path in (*paths, *folders) if not (ROOT / path).exists()] == []


def test_the_picture_is_the_one_that_the_study_draws(tmp_path):
    studies.data_flow.main(tmp_path / "data_flow.png")
    assert (tmp_path / "data_flow.png").stat().st_size > 20_000
    assert f"]({studies.data_flow.PICTURE.name})" in TEXT
    assert studies.data_flow.PICTURE.stat().st_size < 200_000
