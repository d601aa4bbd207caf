"""A sparsity that is not met: asked and got in the output, in JSON and in the file, and a warning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from crisp_prune_calls import succeed

from pruning.run.remarks import missed_sparsity
from workloads.artifact import read_artifact

QUICK = ("--stages", 1, "--steps", 0, "--last-steps", 0, "--classes", "2,4,6")


@pytest.mark.parametrize(
    ("asked", "got", "missed"),
    [
        (0.9, 0.91, False),
        (0.9, 0.89, False),
        (0.9, 0.9101, True),
        (0.9, 0.8899, True),
        (0.5, 0.5, False),
        (0, 0.5, False),
    ],
)
def test_a_point_may_be_missed(asked: float, got: float, missed: bool) -> None:
    assert bool(missed_sparsity("p", asked, got)) == missed


@pytest.mark.parametrize(("sparsity", "warns"), [(0.9, True), (0.5, False)])
def test_groups_alone_beside_another_sparsity(
    sparsity: float,
    warns: bool,
    tiny_data: Path,
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = tmp_path / "made.safetensors"
    words = ("--checkpoint", tiny_checkpoint, "--data-root", tiny_data, "--sparsity", sparsity, "-o", made)
    succeed(monkeypatch, "run", *QUICK, "--pattern", "nm(2:4)", *words, "--json")
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["asked_sparsity"] == sparsity
    assert 0.49 < told["sparsity"] < 0.5
    warning = f"nm(2:4): asked for a sparsity of 90.00%, got {told['sparsity']:.2%}"
    assert err == (f"warning: {warning}\n" if warns else "")
    provenance = read_artifact(made).provenance
    assert provenance["asked_sparsity"] == sparsity
    assert provenance.get("warning") == (warning if warns else None)
    succeed(monkeypatch, "inspect", made)
    out, err = capsys.readouterr()
    assert f"sparsity {told['sparsity']:.4f}, asked for {sparsity:.4f}" in " ".join(out.split())
    assert err == (f"warning: {warning}\n" if warns else "")
    succeed(monkeypatch, "evaluate", made, "--data-root", tiny_data, "--json")
    assert json.loads(capsys.readouterr().out)["asked_sparsity"] == sparsity


def test_a_dry_run_says_it_before(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    succeed(monkeypatch, "inspect", tiny_checkpoint, "--pattern", "dense", "--sparsity", 0.7, "--json")
    out, err = capsys.readouterr()
    assert err == "warning: dense: asked for a sparsity of 70.00%, got 0.00%\n"
    assert json.loads(out)["warning"] in err
