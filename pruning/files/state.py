"""What a run needs to go on after it was killed: one file beside its output, replaced after each step."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from workloads.inputs import InputError, one_line, replace_atomically


@dataclass(frozen=True)
class StateFile:
    """The state of a run, kept in ``path`` for whoever starts the same run again.

    ``key`` is all that decides the run's result; the version and the threads of torch are added, because
    sums round by them. The random state of torch is kept too: on a CPU a resumed run gives the bits of an
    uninterrupted one.
    """

    path: Path
    key: Mapping[str, Any]

    def keep(self, state: Mapping[str, Any]) -> None:
        """Replace what the file holds."""
        whole = {"key": self._whole_key(), "state": dict(state), "random": torch.get_rng_state()}
        packed = io.BytesIO()  # what torch raises where a disk is full is no OSError
        torch.save(whole, packed)
        replace_atomically(self.path, lambda target: target.write_bytes(packed.getbuffer()))

    def resume(self) -> dict[str, Any] | None:
        """What was kept last, random state restored; None if there is nothing.

        Raises:
            InputError: the file is not such a state, or that of another run; it is left as it is.
        """
        if not self.path.is_file():
            return None
        try:
            _require_checksums(self.path)
            whole = torch.load(self.path, weights_only=True)
            key, state, random = dict(whole["key"]), dict(whole["state"]), whole["random"]
            torch.Generator().set_state(random)  # or raises, before anything is changed
        except Exception as error:  # torch names no class for what a broken file makes it raise
            raise InputError(
                f"{self.path}: expected the state of an unfinished run, got: {_why(error)}; delete it to"
                " begin anew"
            ) from error
        mine = self._whole_key()
        differing = sorted(name for name in mine.keys() | key.keys() if mine.get(name) != key.get(name))
        if differing:
            name = differing[0]
            raise InputError(
                f"{self.path}: {name}: expected the state of the same run, {mine.get(name)!r}, got that of"
                f" another, {key.get(name)!r}; delete it to begin anew"
            )
        torch.set_rng_state(random)
        return state

    def _whole_key(self) -> dict[str, Any]:
        return _plain({**self.key, "threads": torch.get_num_threads(), "torch": torch.__version__})

    def drop(self) -> None:
        """The run is done: nothing to go on with."""
        self.path.unlink(missing_ok=True)


def _require_checksums(path: Path) -> None:
    """Raise unless the bytes are those that were written: torch.load does not look at the zip's checksums."""
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
    if broken is not None:
        raise zipfile.BadZipFile(f"a wrong checksum of {broken}")


def _why(error: Exception) -> str:
    if isinstance(error, pickle.UnpicklingError):  # torch's own text says how to run it nevertheless
        return "something else than tensors and numbers, which is not loaded because it may run code"
    return one_line(error)


def _plain(key: Mapping[str, Any]) -> dict[str, Any]:
    """As it comes back: lists for tuples, and text for subclasses of it, which torch.load would refuse."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(key)))
    return plain
