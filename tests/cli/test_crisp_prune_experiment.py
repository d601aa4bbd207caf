"""crisp-prune experiment: killed in its parts, resumed, with runs that fail."""

import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from crisp_prune_calls import assert_one_line, call, command, end_when
from refusals import with_one_changed

from pruning.run.prune import RunResult, prune_to_file

GRID = """\
data: fashion_mnist
network: {{checkpoint: {checkpoint}}}
classes: {{tops: "Pullover,Coat", shoes: "Sandal,Sneaker"}}
base: {{stages: 2, steps: 2, last_steps: 2, samples: 4, calibration: 16, batch_size: 16}}
grids:
  - {{pattern: nm(2:4), sparsity: 0}}
  - {{pattern: "crisp(2:4, block=8)", sparsity: 0.8, seed: [0, 1]}}
"""


@pytest.fixture(scope="module")
def file(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("grid") / "grid.yaml"
    path.write_text(GRID.format(checkpoint=tiny_checkpoint))
    return path


@pytest.fixture(scope="module")
def whole(file: Path, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All that an experiment writes which nobody kills."""
    folder = tmp_path_factory.mktemp("whole") / "made"
    with pytest.MonkeyPatch.context() as patch:
        assert call(patch, *words_of(file, folder, tiny_data)) == 0
    return contents(folder)


def words_of(file: Path, folder: Path, data: Path, jobs: int = 1) -> list[object]:
    return ["experiment", file, "-o", folder, "--data-root", data, "--jobs", jobs]


def contents(folder: Path) -> dict[str, bytes]:
    """Each file, save temporary ones of what was killed while it wrote."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.startswith(".")}


def artifacts(folder: Path) -> dict[str, int]:
    """When each finished run was written."""
    return {p.name: p.stat().st_mtime_ns for p in folder.glob("[!.]*.safetensors")}


def test_a_row_a_run_in_the_order_of_the_file(whole: dict[str, bytes], tmp_path: Path) -> None:
    assert len(whole) == 6 + 2
    (tmp_path / "runs.csv").write_bytes(whole["runs.csv"])
    rows = pd.read_csv(tmp_path / "runs.csv")
    assert rows["user"].tolist() == ["tops", "shoes", "tops", "tops", "shoes", "shoes"]
    assert rows["seed"].tolist() == [0, 0, 0, 1, 0, 1]
    assert set(rows["file"]) == whole.keys() - {"runs.csv", "summary.csv"}
    assert rows["accuracy"].between(0, 1).all()
    assert rows["reached_sparsity"].tolist() == pytest.approx([0.49, 0.49, 0.8, 0.8, 0.8, 0.8], abs=0.02)
    (tmp_path / "summary.csv").write_bytes(whole["summary.csv"])
    means = pd.read_csv(tmp_path / "summary.csv")
    assert means["seeds"].tolist() == [1, 1, 2, 2]
    assert means["accuracy_mean"][2] == pytest.approx(rows["accuracy"][2:4].mean())


def test_one_job_killed(
    file: Path,
    tiny_data: Path,
    whole: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "made"
    # Something is finished, and something else is on its way.
    code, told = end_when(
        lambda: artifacts(folder) and list(folder.glob("[!.]*.unfinished")),
        *words_of(file, folder, tiny_data),
    )
    assert (code, told) == (-signal.SIGKILL, "")
    finished = artifacts(folder)
    assert 0 < len(finished) < 6
    assert call(monkeypatch, *words_of(file, folder, tiny_data)) == 0
    assert contents(folder) == whole
    assert finished.items() <= artifacts(folder).items()  # none was written again


def test_two_jobs_killed(
    file: Path,
    tiny_data: Path,
    whole: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "made"
    code, _ = end_when(lambda: artifacts(folder), *words_of(file, folder, tiny_data, jobs=2))
    assert code == -signal.SIGKILL
    finished = artifacts(folder)
    assert 0 < len(finished) < 6
    assert call(monkeypatch, *words_of(file, folder, tiny_data)) == 0
    assert contents(folder) == whole
    assert finished.items() <= artifacts(folder).items()


@pytest.mark.slow  # five processes that import torch
def test_two_jobs_stopped_by_ctrl_c_and_finished_by_two(
    file: Path, tiny_data: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    words = words_of(file, folder, tiny_data, jobs=2)
    code, told = end_when(lambda: artifacts(folder), *words, by=signal.SIGINT)
    assert (code, told) == (130, "stopped\n")  # no traceback, of a worker neither
    finished = artifacts(folder)
    assert 0 < len(finished) < 6
    again = command(*words)
    assert (again.returncode, again.stderr) == (0, "")
    assert contents(folder) == whole
    assert finished.items() <= artifacts(folder).items()


def test_ctrl_c_leaves_what_can_be_resumed(
    file: Path,
    tiny_data: Path,
    whole: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    left = [2]

    def interrupt_the_third(*words: Any, **options: Any) -> RunResult:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return prune_to_file(*words, **options)

    with monkeypatch.context() as patch:
        patch.setattr("pruning.experiment.execute.prune_to_file", interrupt_the_third)
        assert call(patch, *words_of(file, tmp_path, tiny_data)) == 130
    assert capsys.readouterr() == ("", "stopped\n")
    finished = artifacts(tmp_path)
    assert len(finished) == 2
    assert len(pd.read_csv(tmp_path / "runs.csv")) == 2
    assert call(monkeypatch, *words_of(file, tmp_path, tiny_data)) == 0
    assert contents(tmp_path) == whole
    assert finished.items() <= artifacts(tmp_path).items()


def test_a_finished_experiment_runs_nothing(
    file: Path, tiny_data: Path, whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in whole.items():
        if name.endswith(".safetensors"):
            (tmp_path / name).write_bytes(content)
            (tmp_path / name).with_suffix(".unfinished").write_bytes(b"killed before it was deleted")
    before = artifacts(tmp_path)

    def run(*_: object, **__: object) -> None:
        raise AssertionError("a run")

    monkeypatch.setattr("pruning.experiment.execute.prune_to_file", run)
    assert call(monkeypatch, *words_of(file, tmp_path, tiny_data)) == 0
    assert artifacts(tmp_path) == before
    assert contents(tmp_path) == whole


def test_a_run_that_fails_is_a_row_and_the_others_go_on(
    tiny_checkpoint: Path,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, folder = tmp_path / "grid.yaml", tmp_path / "made"
    text = GRID.format(checkpoint=tiny_checkpoint).replace(
        "sparsity: 0.8, seed: [0, 1]", "sparsity: [0.3, 0.8]"
    )
    file.write_text(text)
    assert call(monkeypatch, *words_of(file, folder, tiny_data)) == 2
    out, err = capsys.readouterr()
    assert out.startswith("6 runs in ")
    assert err.startswith("error: tops_crisp_2_4_block_8_0.3_seed0-")
    assert "sparsity: expected at least 0.4" in err
    assert err.endswith("(2 of 6 runs failed)\n")
    assert err.count("\n") == 1
    rows = pd.read_csv(folder / "runs.csv")
    failed = rows["sparsity"] == 0.3
    assert rows["error"].notna().tolist() == failed.tolist()
    assert rows["accuracy"].isna().tolist() == failed.tolist()
    assert rows["file"].notna().tolist() == (~failed).tolist()
    assert len(artifacts(folder)) == 4
    assert pd.read_csv(folder / "summary.csv")["sparsity"].tolist() == [0, 0, 0.8, 0.8]
    assert not list(folder.glob("*.unfinished"))


def test_dry_run_runs_nothing(
    file: Path,
    tiny_data: Path,
    whole: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, *words_of(file, tmp_path / "made", tiny_data), "--dry-run") == 0
    listed = capsys.readouterr().out.splitlines()
    assert set(listed) == whole.keys() - {"runs.csv", "summary.csv"}
    assert listed[0].startswith("tops_nm_2_4_0_seed0-")
    assert not list(tmp_path.iterdir())


def test_a_dense_network_is_trained_once_and_not_another_ones(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = tmp_path / "grid.yaml", tmp_path / "made"
    text = GRID.format(checkpoint="?").split("grids:")[0] + "grids: [{pattern: nm(2:4), sparsity: 0}]\n"
    trained = text.replace("checkpoint: ?", "model: resnet20, options: {width: 4}, epochs: 1")
    file.write_text(trained)
    assert call(monkeypatch, *words_of(file, folder, tiny_data)) == 0
    dense = folder / "dense.safetensors"
    made = dense.stat().st_mtime_ns
    assert len(artifacts(folder)) == 3
    assert call(monkeypatch, *words_of(file, folder, tiny_data)) == 0
    assert dense.stat().st_mtime_ns == made
    capsys.readouterr()
    for old, new, message in (
        (
            "epochs: 1",
            "epochs: 2",
            "dense.safetensors: epochs: expected the dense network of this experiment, 2",
        ),
        ("epochs: 1", "epochs: 1, seed: 4", "dense.safetensors: seed: expected the dense network of this"),
        ("width: 4", "width: 8", "dense.safetensors: options: expected the dense network of this experiment"),
    ):
        file.write_text(with_one_changed(trained, old, new))
        assert call(monkeypatch, *words_of(file, folder, tiny_data)) == 2
        assert_one_line(capsys, message)
    assert dense.stat().st_mtime_ns == made


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("grids:", "grid:", "grid.yaml:5: expected a known key, got 'grid'; did you mean 'grids'?"),
        ("[0, 1]", "[0, 0.5]", "grid.yaml:7: grids.1.seed: expected a whole number, got 0.5"),
        ("Sneaker", "Sneeker", "grid.yaml:3: classes.shoes: expected a class name or number, got 'Sneeker'"),
    ],
)
def test_a_wrong_file_starts_nothing(
    old: str,
    new: str,
    message: str,
    file: Path,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = tmp_path / "grid.yaml"
    wrong.write_text(with_one_changed(file.read_text(), old, new))
    assert call(monkeypatch, *words_of(wrong, tmp_path / "made", tiny_data)) == 2
    assert_one_line(capsys, message)
    assert list(tmp_path.iterdir()) == [wrong]


def test_wrong_jobs(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for jobs in (0, -2):
        assert call(monkeypatch, *words_of(file, tmp_path / "made", tmp_path, jobs)) == 2
        assert_one_line(capsys, f"--jobs: expected -1 or at least 1, got {jobs}")


def test_artifacts_of_other_data_are_made_anew(
    file: Path, tiny_data: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    from pruning.data import load_fashion_mnist
    from pruning.experiment.plan import load_experiment
    from pruning.files.checkpoint import shipped_checkpoint
    from pruning.run.prune import is_finished

    plan, data = load_experiment(file, str(tiny_data))
    run = plan.runs[0]
    path = tmp_path / run.file_name
    path.write_bytes(whole[run.file_name])
    dense = Path(str(plan.network.checkpoint))
    assert is_finished(path, run.config, dense, data)
    assert not is_finished(path, run.config, dense, load_fashion_mnist("embedded"))
    assert not is_finished(path, run.config, shipped_checkpoint(), data)
    assert not is_finished(path, plan.runs[1].config, dense, data)
    assert not is_finished(tmp_path / "none.safetensors", run.config, dense, data)
