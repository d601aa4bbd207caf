"""Every option and argument of every command of crisp-prune, with every hostile word in its place."""

import pytest
from command_places import Line, commands, hostile_words, places, with_word
from ends import none_wrong, wrong_command
from small_files import EXPERIMENT

from pruning.cli import app, main

AMOUNTS = frozenset({"--steps", "--last-steps", "--stages", "--epochs", "--image-size"})
PLACES = places(app)
CASES = sum(len(hostile_words(*place, AMOUNTS)) for place in PLACES)


@pytest.fixture(scope="session")
def good(tiny_data, tiny_checkpoint, small, tmp_path_factory) -> dict[str, Line]:
    """Good lines; what they write lies in the current folder."""
    pruned = tmp_path_factory.mktemp("pruned") / "pruned.safetensors"
    (small / "experiment.yaml").write_text(EXPERIMENT)
    data = {"--data-root": str(tiny_data)}
    quick = {"--stages": "1", "--steps": "0", "--last-steps": "0", "--sparsity": "0.5"}
    run = {"--classes": "2,4", "--checkpoint": str(tiny_checkpoint), **data, **quick}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["crisp-prune", "run", *Line([], {**run, "-o": str(pruned)}).words()])
        with pytest.raises(SystemExit) as leaving:
            main()
        assert not leaving.value.code
    return {
        "list": Line(["patterns"], {}),
        "data": Line(["fashion_mnist"], data),
        "run": Line([], {**run, "-o": "out.safetensors"}),
        "evaluate": Line([str(pruned)], data),
        "inspect": Line([str(tiny_checkpoint)], {"--pattern": "nm(2:4)"}),
        "export": Line([str(pruned)], {"-o": "out.onnx"}),
        "train": Line([], {**data, "--option": "width=8", "--epochs": "1", "-o": "trained.safetensors"}),
        "experiment": Line(["experiment.yaml"], {**data, "-o": "experiment", "--dry-run": None}),
    }


def test_every_command_has_a_good_line(good):
    assert set(good) == set(commands(app))


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is written where an ONNX would be; to trace a network for one takes seconds."""
    monkeypatch.setattr("pruning.files.onnx.export_onnx", lambda path, *_: path.write_bytes(b"network"))


@pytest.mark.usefixtures("inside", "no_export")
@pytest.mark.parametrize(("command", "place"), PLACES, ids=lambda text: text)
def test_a_hostile_word_ends_in_one_line_or_a_result(command, place, good, capsys):
    found = {}
    for what, word in hostile_words(command, place, AMOUNTS).items():
        found[what] = wrong_command(main, with_word(app, command, good[command], place, word), capsys)
    none_wrong(found)
