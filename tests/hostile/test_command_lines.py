"""Every option and argument of every command of accel-sim, with every hostile word in its place."""

import json

import pytest
from command_places import Line, commands, hostile_words, places, with_word
from ends import none_wrong, wrong_command

from accel_sim.cli import app, main

GOOD = {
    "list": Line(["machines"], {}),
    "show": Line(["crisp_stc"], {}),
    "simulate": Line(["net.csv"], {}),
    "compare": Line(["net.csv"], {"--machine": "dense_tc"}),
    "sweep": Line(["sweep.yaml"], {"--output": "swept", "--jobs": "1"}),
    "plot": Line(["swept"], {"--output": "plotted"}),
    "trace": Line(["net.csv", "fc"], {"--output": "traced"}),
    "verify": Line(["crisp_stc"], {"--cases": "1"}),
}
AMOUNTS = frozenset({"--cases"})
PLACES = places(app)
CASES = sum(len(hostile_words(*place, AMOUNTS)) for place in PLACES)


@pytest.mark.usefixtures("inside")
def test_every_command_has_a_good_line(inside, capsys):
    assert set(GOOD) == set(commands(app))
    none_wrong({name: wrong_command(main, [name, *line.words()], capsys) for name, line in GOOD.items()})
    assert json.loads((inside / "traced/trace.json").read_text())


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(("command", "place"), PLACES, ids=lambda text: text)
def test_a_hostile_word_ends_in_one_line_or_a_result(command, place, capsys):
    found = {}
    for what, word in hostile_words(command, place, AMOUNTS).items():
        found[what] = wrong_command(main, with_word(app, command, GOOD[command], place, word), capsys)
    none_wrong(found)
