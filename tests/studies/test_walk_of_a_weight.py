"""The walk of one weight: few rooms, few returns, and docs/architecture.md says what happens in each."""

import re
from pathlib import Path

import pytest

from studies.walk_of_a_weight import PATTERN, SMALL, Step, Walk, walk_of_a_run
from workloads import load_workload

DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"


@pytest.fixture(scope="module")
def walk():
    return walk_of_a_run(load_workload(SMALL, PATTERN))


def test_a_weight_passes_few_rooms_and_turns_back_seldom(walk):
    assert walk.steps[0] == ("", "simulation", "simulate")
    assert 6 <= len(walk.rooms) <= 12
    assert len(walk.returns) <= 6


def test_the_document_names_every_room_on_the_way(walk):
    text = DOCUMENT.read_text(encoding="utf-8").partition("## The walk of one weight")[2]
    named = re.findall(r"`(\w+)`|\*\*(\w+)\.\*\*", text.partition("\n## ")[0])
    assert set(walk.rooms) <= {name for pair in named for name in pair}


def test_a_return_is_a_room_that_another_room_has_entered_before():
    walk = Walk("accel_sim")
    walk.steps = [Step("", "a", "f"), Step("a", "b", "f"), Step("a", "c", "f"), Step("c", "b", "f")]
    assert walk.rooms == ["a", "b", "c"]
    assert walk.returns == [Step("c", "b", "f")]


def test_imports_properties_and_other_packages_are_no_steps():
    class Thing:
        @property
        def cycles(self):
            return 3

    walk = Walk("accel_sim").follow(lambda: (Thing().cycles, sorted([2, 1]), load_workload(SMALL)))
    assert walk.steps == []
