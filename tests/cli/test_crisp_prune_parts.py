"""crisp-prune's names of parts, other data than Fashion-MNIST, and networks of the user's own."""

import json
from pathlib import Path

import numpy as np
import pytest
from crisp_prune_calls import assert_one_line, call, name_own_network
from PIL import Image

QUICK = ("--stages", 1, "--steps", 1, "--last-steps", 0, "--activation-samples", 1)
DIGITS = ("1", "2", "3", "4")  # the class of label 1 is called 2

OWN = """
from torch import nn

def net(num_classes, in_channels=1, width=8):
    return nn.Sequential(
        nn.Conv2d(in_channels, width, 3, 2), nn.BatchNorm2d(width), nn.ReLU(),
        nn.Conv2d(width, 16, 3, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, num_classes),
    )
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return name_own_network(tmp_path, monkeypatch, "own_net_of_mine", OWN)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Four classes whose names are numbers, each a brightness."""
    for label, name in enumerate(DIGITS):
        for index in range(12):
            path = tmp_path / "images" / ("train" if index < 8 else "test") / name / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = np.random.default_rng(12 * label + index).integers(0, 40, (20, 20))
            Image.fromarray((50 * label + noise).astype(np.uint8)).save(path)
    return tmp_path / "images"


def told(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def test_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "list", "--json") == 0
    names = told(capsys)
    assert list(names) == ["patterns", "saliencies", "scores", "schedules", "models", "data"]
    for kind, name in (
        ("patterns", "crisp"),
        ("saliencies", "class_gradient"),
        ("scores", "taylor"),
        ("schedules", "decaying_nm"),
        ("models", "resnet20"),
        ("data", "image_folder"),
    ):
        assert name in names[kind]
        assert call(monkeypatch, "list", kind, "--json") == 0
        assert told(capsys) == {kind: names[kind]}
    assert call(monkeypatch, "list") == 0
    assert capsys.readouterr().out == "".join(f"{k}: {', '.join(found)}\n" for k, found in names.items())
    assert call(monkeypatch, "list", "pattern") == 2
    assert_one_line(capsys, "list: expected a known kind, got 'pattern'; did you mean 'patterns'?")


def test_own_network_from_training_to_evaluation(
    own: str,
    images: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dense, pruned = tmp_path / "dense.safetensors", tmp_path / "pruned.safetensors"
    source = "image_folder(size=20, grey=1)"
    data, allow = ("--data-root", images), ("--model", own)
    train = ("train", "--data", source, *data, "--epochs", 2, "--batch-size", 8, "--option", "width=12")
    assert call(monkeypatch, *train, *allow, "-o", dense) == 0
    assert "on the test images of image_folder images" in capsys.readouterr().out

    # From here on a file names the network: the user has to do so too, and the data come from the file.
    work = ("run", "--classes", "4,2", "--pattern", "unstructured", "--sparsity", 0.5, "--checkpoint", dense)
    run = (*work, *QUICK, *data, "-o", pruned)
    monkeypatch.setattr("pruning.models.shared.factory._allowed", {})
    assert call(monkeypatch, *run) == 2
    assert_one_line(capsys, f"expected a network of this package, got '{own}'; allow it: --model {own}")
    assert not pruned.exists()
    assert call(monkeypatch, *run, *allow, "--json") == 0
    made = told(capsys)
    assert made["classes"] == [3, 1]
    assert made["sparsity"] == pytest.approx(0.5, abs=0.01)

    monkeypatch.setattr("pruning.models.shared.factory._allowed", {})
    assert call(monkeypatch, "evaluate", pruned, *data) == 2
    assert_one_line(capsys, f"allow it: --model {own}")
    assert call(monkeypatch, "evaluate", pruned, *data, *allow, "--json") == 0
    found = told(capsys)
    assert found["classes"] == [3, 1]  # labels, though classes are called 3 and 1
    assert found["class_names"] == ["4", "2"]
    assert found["images"] == 8
    assert found["accuracy"] == made["accuracy"]


GRID = """\
data: image_folder(size=20, grey=1)
network: {{model: "{own}", epochs: 1}}
classes: {{two: "4,2"}}
base: {{stages: 1, steps: 1, last_steps: 0, activation_samples: 0, samples: 4, calibration: 8, batch_size: 8}}
grids: [{{pattern: unstructured, sparsity: [0.5, 0.6]}}]
"""


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_own_network_in_an_experiment(
    own: str,
    images: Path,
    tmp_path: Path,
    jobs: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Trained first, and pruned in other processes, which have to know the network too."""
    (tmp_path / "grid.yaml").write_text(GRID.format(own=own))
    words = ("experiment", "grid.yaml", "-o", "made", "--data-root", images, "--jobs", jobs)
    assert call(monkeypatch, *words) == 2
    assert_one_line(
        capsys, f"grid.yaml:2: network.model: expected a network of this package, got '{own}'; allow it:"
    )
    assert call(monkeypatch, *words, "--model", own) == 0
    assert len(list((tmp_path / "made").glob("two_*.safetensors"))) == 2


def test_a_head_of_the_classes(
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pruned, data = tmp_path / "p.safetensors", ("--data-root", tiny_data)
    words = ("--classes", "Shirt,Bag,Coat", "--sparsity", 0.7, "--head", "classes", "--distill", 0.5)
    run = ("run", *words, *QUICK, *data, "--checkpoint", tiny_checkpoint, "-o", pruned, "--json")
    assert call(monkeypatch, *run) == 0
    made = told(capsys)
    assert made["classes"] == [6, 8, 4]
    assert call(monkeypatch, "inspect", pruned, "--json") == 0
    layers = told(capsys)["layers"]
    assert layers[-1]["layer"] == "fc"
    assert layers[-1]["m_dim"] == 3
    assert call(monkeypatch, "evaluate", pruned, *data, "--json") == 0
    found = told(capsys)
    assert found["accuracy"] == made["accuracy"]
    assert found["class_names"] == ["Shirt", "Bag", "Coat"]
    assert call(monkeypatch, "evaluate", pruned, *data, "--classes", "4,8", "--json") == 0
    assert told(capsys)["images"] == 20
    assert call(monkeypatch, "evaluate", pruned, *data, "--classes", "Coat,Dress") == 2
    assert_one_line(
        capsys, "classes: expected some of [6, 8, 4], the classes that the network has outputs for"
    )


def test_a_network_evaluated_on_other_data(
    tiny_data: Path,
    tiny_checkpoint: Path,
    images: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pruned = tmp_path / "p.safetensors"
    words = ("--classes", "1,2", "--pattern", "nm(2:4)", "--data-root", tiny_data, *QUICK)
    assert call(monkeypatch, "run", *words, "--checkpoint", tiny_checkpoint, "-o", pruned) == 0
    capsys.readouterr()
    for source, message in (
        (
            "image_folder(size=28)",
            "images: expected images of 1 x 28 x 28, as the network was pruned on, got 3",
        ),
        (
            "image_folder(size=28, grey=1)",
            "images: expected 'Trouser' as class 1, as the network was pruned for",
        ),
    ):
        assert call(monkeypatch, "evaluate", pruned, "--data", source, "--data-root", images) == 2
        assert_one_line(capsys, message)
    place = ("--checkpoint", tiny_checkpoint, "-o", tmp_path / "other.safetensors")
    source = ("--data", "image_folder(size=28)", "--data-root", images)
    assert call(monkeypatch, "run", "--classes", "1,2", *source, *place) == 2
    assert_one_line(
        capsys, "expected a network for the classes of image_folder images, got one for fashion_mnist"
    )
    assert not (tmp_path / "other.safetensors").exists()


@pytest.mark.parametrize("command", ["train", "run"])
@pytest.mark.parametrize("kind", ["image", "idx", "idx.gz"])
def test_corrupt_data(
    kind: str,
    command: str,
    images: Path,
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if kind == "image":
        root, source = images, "image_folder(size=20, grey=1)"
        bad = root / "train" / "3" / "2.png"
        bad.write_bytes(bad.read_bytes()[:40])
        message = "3/2.png: expected an image, got: "
    else:
        root, source = tmp_path / "idx", "fashion_mnist"
        root.mkdir()
        for path in tiny_data.iterdir():
            (root / path.name).write_bytes(path.read_bytes())
        bad = root / "train-images-idx3-ubyte.gz"
        whole = bad.read_bytes()
        if kind == "idx":
            bad.unlink()
            (root / "train-images-idx3-ubyte").write_bytes(bytes((0, 0, 8, 3)) + bytes(30))
            message = "train-images-idx3-ubyte: expected "
        else:
            bad.write_bytes(whole[: len(whole) // 2])
            message = "train-images-idx3-ubyte.gz: expected a gzipped IDX file, got damaged data"
    output = tmp_path / "made" / "out.safetensors"
    words = {
        "train": ("train", "--epochs", 1),
        "run": ("run", "--classes", "1,2", "--checkpoint", tiny_checkpoint),
    }[command]
    assert call(monkeypatch, *words, "--data", source, "--data-root", root, "-o", output) == 2
    assert_one_line(capsys, message)
    assert not list(output.parent.glob("*"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--option", "width"], "--option: expected name=value, got 'width'"),
        (["train", "--option", "width=--4"], "got the error: "),
        (
            ["train", "--option", "widht=4"],
            "option: expected one that resnet20 takes, got 'widht'; did you mean",
        ),
        (["train", "--model", "resnet_20"], "model: expected a known network, got 'resnet_20'; did you mean"),
        (
            ["train", "--model", "no_module_here:net"],
            "expected the module of 'no_module_here:net', got no module",
        ),
        (["train", "--learning-rate", "-1"], "learning_rate: expected more than 0, got -1"),
        (
            ["train", "--learning-rate", "1e30", "--option", "width=4"],
            "training: expected a finite loss, got ",
        ),
        (["train", "--data", "fashion"], "data: expected a known name, got 'fashion'; did you mean"),
        (["run", "--classes", "1,2", "--head", "user"], "head: expected one of full, classes, got 'user'"),
        (["run", "--classes", "1,2", "--distill", "2"], "distill: expected a number from 0 to 1, got 2"),
        (
            ["run", "--classes", "1,2", "--saliency-classes", "mine"],
            "saliency_classes: expected one of user, all",
        ),
        (["run", "--classes", "1,2", "--sparsity", "0.3"], "sparsity: expected at least 0.4"),
        (["run", "--classes", "1,2", "--learning-rate", "1e30"], "training: expected a finite loss, got "),
    ],
)
def test_wrong_options(
    words: list[str],
    message: str,
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if words[0] == "run":
        words = [*words, "--checkpoint", str(tiny_checkpoint)]
    output = tmp_path / "made" / "out.safetensors"
    assert call(monkeypatch, *words, "--data-root", tiny_data, "-o", output) == 2
    assert_one_line(capsys, message)
    assert not list(output.parent.glob("*"))
