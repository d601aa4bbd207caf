"""What a caller may hand over where something else was meant."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

OBJECTS: dict[str, Any] = {
    "none": None,
    "no text": "",
    "markup": "edge[/foo]",
    "two lines": "one\ntwo",
    "a null character": "a\0b",
    "bytes": b"crisp_stc",
    "a path": Path("nowhere"),
    "minus one": -1,
    "zero": 0,
    "a fraction": 1.5,
    "no number": float("nan"),
    "infinity": float("inf"),
    "true": True,
    "beyond 64 bits": 2**63,
    "31 digits": 10**30,
    "a number of numpy's": np.int32(3),
    "a fraction of numpy's": np.float32(0.25),
    "a list": [],
    "a ragged list": [[1, 2], [3]],
    "keys": {},
    "other keys": {"a": {"b": 1}},
    "a set": {1, 2},
    "an object": object(),
    "a class": dict,
    "a function": print,
    "an array": np.zeros((3, 0, 2)),
    "an array of text": np.array([["a", "b"]]),
    "an array of NaN": np.full((8, 16), np.nan),
    "a tensor with a gradient": torch.ones(8, 16, requires_grad=True),
    "a complex tensor": torch.ones(8, 16, dtype=torch.complex64),
}
