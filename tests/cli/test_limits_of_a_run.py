"""Too large a run, too long a path, a full disk: one line and exit 2."""

import errno

import pytest
from accel_sim_calls import call

LONG = "x" * 5000


@pytest.fixture
def error(monkeypatch, capsys, tmp_path):
    """The one line of a command that is refused."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        assert call(monkeypatch, *words) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith("error: ")
        return err

    return run


def test_a_batch_and_an_image_beyond_the_memory_are_refused(error, monkeypatch, tmp_path):
    monkeypatch.setattr("accel_sim.memory.memory_limit", lambda: 10**9)
    monkeypatch.setattr("workloads.inputs.memory.memory_limit", lambda: 10**9)
    (tmp_path / "big.csv").write_text(
        "name,kind,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w\nbig,conv,3,64,100000,100000,3,3\n"
    )
    for words in (
        ["simulate", "resnet20_w16_28", "--batch", 1_000_000],
        ["compare", "big.csv", "-m", "dense_tc"],
        ["trace", "big.csv", "-o", "out"],
    ):
        said = error(*words)
        assert "expected a run that fits into this machine's memory, 1.0 GB, got an estimate of" in said


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", f"{LONG}.csv"],
        ["simulate", f"{LONG}.safetensors"],
        ["simulate", "resnet20_w16_28", "-m", f"{LONG}.yaml"],
        ["simulate", "resnet20_w16_28", "-o", LONG],
        ["simulate", "resnet20_w16_28", "--mapping", f"{LONG}.yaml"],
        ["compare", "resnet20_w16_28", "-m", "dense_tc", "-o", LONG],
        ["show", f"{LONG}.yaml"],
        ["plot", LONG],
        ["sweep", f"{LONG}.yaml", "-o", "out"],
    ],
)
def test_a_path_of_five_thousand_characters_is_one_line(error, words):
    assert "File name too long" in error(*words)


def test_a_full_disk_and_no_memory_are_one_line(error, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "out/layers.csv")

    monkeypatch.setattr("accel_sim.report.files.save_table", full)
    said = error("simulate", "resnet20_w16_28", "-o", "out")
    assert said == "error: out/layers.csv: No space left on device\n"

    def empty(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("workloads.workload.load_workload", empty)
    assert "memory" in error("simulate", "resnet20_w16_28")
