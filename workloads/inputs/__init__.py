"""Everything that turns what a user typed or wrote into something checked."""

from workloads.inputs.errors import InputError, did_you_mean, explained, one_line
from workloads.inputs.files import as_path, replace_atomically, require_file
from workloads.inputs.lock import locked, locked_file

__all__ = [
    "InputError",
    "as_path",
    "did_you_mean",
    "explained",
    "locked",
    "locked_file",
    "one_line",
    "replace_atomically",
    "require_file",
]
