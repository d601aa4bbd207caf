"""The committed network tables against the definitions, and their totals against published ones."""

import pytest

from studies.network_tables import TABLES, trace_table
from workloads.network import load_network, network_names


@pytest.mark.parametrize("name", TABLES)
def test_table_equals_the_traced_definition(name: str) -> None:
    assert load_network(name).layers == trace_table(name)


def test_every_definition_of_the_study_has_its_table() -> None:
    assert set(TABLES) <= set(network_names())  # a table may be there without a definition


@pytest.mark.parametrize(
    ("name", "giga_macs"),
    [("resnet50", 4.089), ("resnet18", 1.814), ("vgg16", 15.47), ("mobilenet_v2", 0.301)],
)
def test_published_totals(name: str, giga_macs: float) -> None:
    assert load_network(name).macs / 1e9 == pytest.approx(giga_macs, abs=0.0005)
