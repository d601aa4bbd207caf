"""Keep-masks: one bit a weight, the waist between pruning and simulation."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from workloads.inputs import InputError
from workloads.kernels import bits


class KeepMask:
    """Which weights of a [m_dim, k_dim] matrix survive; immutable.

    ``words`` is uint64 [m_dim, ceil(k_dim / 64)]; bit j of a row stands for weight j, and bits
    beyond ``k_dim`` are zero.
    """

    def __init__(self, words: npt.NDArray[np.uint64], k_dim: int) -> None:
        """Take ownership of packed ``words``.

        Raises:
            InputError: the shape does not fit ``k_dim``, or a bit beyond it is set.
        """
        if words.ndim != 2 or words.dtype != np.uint64 or words.shape[1] != -(-k_dim // bits.WORD):
            raise InputError(
                f"mask: expected uint64 words for k_dim={k_dim}, got {words.dtype} {words.shape}"
            )
        tail = k_dim % bits.WORD
        if tail and words.size and int(words[:, -1].max()) >> tail:
            raise InputError(f"mask: expected no bit beyond k_dim={k_dim}, got one")
        self.words = np.ascontiguousarray(words)
        self.words.flags.writeable = False
        self.k_dim = k_dim

    @classmethod
    def blank(cls, m_dim: int, k_dim: int) -> npt.NDArray[np.uint64]:
        """Words of an all-zero mask, to be filled by a kernel."""
        return np.zeros((m_dim, -(-k_dim // bits.WORD)), np.uint64)

    @classmethod
    def ones(cls, m_dim: int, k_dim: int) -> KeepMask:
        """The mask that keeps everything."""
        words = np.full((m_dim, -(-k_dim // bits.WORD)), np.iinfo(np.uint64).max, np.uint64)
        if k_dim % bits.WORD:
            words[:, -1] = (1 << (k_dim % bits.WORD)) - 1
        return cls(words, k_dim)

    @classmethod
    def from_dense(cls, dense: npt.ArrayLike) -> KeepMask:
        """From a bool array [m_dim, k_dim].

        Raises:
            InputError: it is no matrix, or is empty.
        """
        array = np.asarray(dense, dtype=np.bool_, order="C")
        if array.ndim != 2 or array.size == 0:
            raise InputError(f"mask: expected a matrix [m_dim, k_dim], got shape {array.shape}")
        words = cls.blank(*array.shape)
        bits.pack(array, words)
        return cls(words, array.shape[1])

    @classmethod
    def from_bytes(cls, packed: npt.NDArray[np.uint8], k_dim: int) -> KeepMask:
        """From bytes [m_dim, ceil(k_dim / 8)], bit j of a row in byte j // 8, low bit first."""
        rows, width = packed.shape
        padded = np.zeros((rows, 8 * (-(-k_dim // bits.WORD))), np.uint8)
        padded[:, :width] = packed
        return cls(padded.view("<u8").astype(np.uint64, copy=False), k_dim)

    def to_bytes(self) -> npt.NDArray[np.uint8]:
        """The inverse of :meth:`from_bytes`."""
        width = -(-self.k_dim // 8)
        return np.ascontiguousarray(self.words.astype("<u8").view(np.uint8)[:, :width])

    def to_dense(self) -> npt.NDArray[np.bool_]:
        """A bool array [m_dim, k_dim]."""
        dense = np.empty((self.m_dim, self.k_dim), np.bool_)
        bits.unpack(self.words, dense)
        return dense

    @property
    def m_dim(self) -> int:
        """Rows."""
        return int(self.words.shape[0])

    @property
    def weights(self) -> int:
        """Weights of the dense matrix."""
        return self.m_dim * self.k_dim

    @cached_property
    def row_counts(self) -> npt.NDArray[np.int64]:
        """Surviving weights of each row: int64 [m_dim]."""
        counts: npt.NDArray[np.int64] = bits.count_ones(self.words)
        return counts

    @cached_property
    def kept(self) -> int:
        """Surviving weights."""
        return int(self.row_counts.sum())

    @property
    def density(self) -> float:
        """Surviving fraction."""
        return self.kept / self.weights

    def obeys(self, n_keep: int, m_group: int) -> bool:
        """Whether every group of ``m_group`` along k holds at most ``n_keep``."""
        return bool(bits.obeys_nm(self.words, self.k_dim, n_keep, m_group))

    def living_blocks(self, block_m: int, block_k: int) -> npt.NDArray[np.bool_]:
        """Which blocks hold a survivor: bool [ceil(m / block_m), ceil(k / block_k)]."""
        alive: npt.NDArray[np.bool_] = bits.living_blocks(self.words, self.k_dim, block_m, block_k)
        return alive

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, KeepMask)
            and self.k_dim == other.k_dim
            and np.array_equal(self.words, other.words)
        )

    def __hash__(self) -> int:
        return hash((self.k_dim, self.words.tobytes()))

    def __repr__(self) -> str:
        return f"KeepMask({self.m_dim} x {self.k_dim}, density {self.density:.4f})"
