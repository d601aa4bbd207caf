"""A kernel is never served stale: what it was compiled from names its cache folder."""

import os
import subprocess
import sys
from pathlib import Path

import numba

from workloads.kernels.jit import cache_root, compiler, source_hash

KERNEL = """
from pathlib import Path
from workloads.kernels.jit import compiler
from pack.numbers import ANSWER

kernel = compiler(Path(__file__).parent)

@kernel
def answer():
    return ANSWER
"""


def run(folder: Path) -> int:
    """What the kernel answers in a fresh process."""
    root = Path(__file__).parents[3]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(root)]),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",  # a .pyc looks at times in seconds; this test is about numba
    }
    code = "from pack.kernels import answer; print(answer())"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def machine_code(folder: Path) -> set[Path]:
    return set((folder / "cache").rglob("*.nbc"))


def test_a_constant_changed_in_another_file_is_not_served_stale(tmp_path):
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "kernels.py").write_text(KERNEL)
    (package / "numbers.py").write_text("ANSWER = 41\n")
    before = source_hash([package])
    assert run(tmp_path) == 41
    compiled = machine_code(tmp_path)
    assert compiled
    assert run(tmp_path) == 41
    assert machine_code(tmp_path) == compiled  # the second run took the first one's code

    (package / "numbers.py").write_text("ANSWER = 42\n")
    assert source_hash([package]) != before
    assert run(tmp_path) == 42
    assert machine_code(tmp_path) > compiled


def test_the_hash_sees_contents_names_and_new_files(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    hashes = [source_hash([tmp_path])]
    (tmp_path / "a.py").write_text("x = 2\n")
    hashes.append(source_hash([tmp_path]))
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    hashes.append(source_hash([tmp_path]))
    (tmp_path / "c.py").write_text("")
    hashes.append(source_hash([tmp_path]))
    assert len(set(hashes)) == len(hashes)
    (tmp_path / "notes.txt").write_text("no code")
    assert source_hash([tmp_path]) == hashes[-1]


def test_the_hash_sees_files_however_deep_they_lie(tmp_path):
    inner = tmp_path / "arrays" / "shared"
    inner.mkdir(parents=True)
    (inner / "a.py").write_text("x = 1\n")
    hashes = [source_hash([tmp_path])]
    (inner / "a.py").write_text("x = 2\n")
    hashes.append(source_hash([tmp_path]))
    (inner / "a.py").rename(inner.parent / "a.py")  # the same name and bytes elsewhere
    hashes.append(source_hash([tmp_path]))
    assert len(set(hashes)) == len(hashes)


def test_a_folder_and_a_file_beside_it_both_count(tmp_path):
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "a.py").write_text("")
    other = tmp_path / "counters.py"
    other.write_text("A = 0\n")
    before = source_hash([tmp_path / "kernels", other])
    other.write_text("A = 1\n")
    assert source_hash([tmp_path / "kernels", other]) != before


def test_compiling_leaves_numbas_own_cache_folder_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root().is_relative_to(tmp_path)
    before = numba.config.CACHE_DIR
    double = compiler(Path(__file__))(_double)
    assert before == numba.config.CACHE_DIR
    assert double(21) == 42
    assert list(tmp_path.rglob("*.nbc"))


def _double(number):
    return 2 * number


def test_where_no_cache_can_be_kept_kernels_are_compiled_all_the_same(tmp_path):
    (tmp_path / "file").touch()  # a folder cannot be made below it, not even by root
    code = "from workloads import KeepMask; print(KeepMask.ones(3, 5).kept)"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "file")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "15", "")


def test_a_machine_without_a_banked_dram_does_not_compile_one(tmp_path):
    code = (
        "import numpy as np\n"
        "from accel_sim.kernels.timeline.transfer import BankedState, Run, TransferNumbers, move\n"
        "from accel_sim.kernels.dram.serve import serve\n"
        "numbers, none = TransferNumbers(64, 32, 100, 1, 1, 0), BankedState(*[np.zeros(0, np.int64)] * 3)\n"
        "print(move(numbers, None, none, Run(0, 3), Run(8, 2), False, 7, 9))\n"
        "assert move.nopython_signatures and not serve.nopython_signatures\n"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}  # nothing compiled yet
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "Moved(begin=9, free=19, end=119)\n"


def test_a_first_run_says_that_it_compiles_and_the_next_does_not(tmp_path):
    code = (
        "import sys, typer\n"
        "from workloads.console.terminal import run_app\n"
        "app = typer.Typer()\n"
        "@app.command()\n"
        "def count():\n"
        "    from workloads import KeepMask\n"
        "    print(KeepMask.ones(3, 5).kept)\n"
        "run_app(app)\n"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    said = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "15\n")
        said.append(done.stderr)
    assert said == ["compiling kernels, which takes a first run some seconds more than the next\n", ""]
