"""Keep-masks, one bit a weight, the waist between pruning and simulation: made, counted, unpacked."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from workloads.inputs import InputError
from workloads.inputs.arrays import nonzero, plain_array
from workloads.inputs.values import instance, whole_number
from workloads.kernels import bits
from workloads.masks.weight_order import gemm_order

MOST_SIDE = 2**40  # rows or columns, as of a layer
MOST_GROUP = 2**30  # weights of a group, or of a block's side: kernels count in int64


class KeepMask:
    """Which weights of a [m_dim, k_dim] matrix survive; immutable.

    ``words`` is uint64 [m_dim, ceil(k_dim / 64)]; bit j of a row stands for weight j, and bits
    beyond ``k_dim`` are zero.
    """

    def __init__(self, words: npt.NDArray[np.uint64], k_dim: int) -> None:
        """Take ownership of packed ``words``.

        Raises:
            InputError: the shape does not fit ``k_dim``, or a bit beyond it is set.
            TypeError: ``words`` is no array.
        """
        instance(words, np.ndarray, "mask: words")
        k_dim = whole_number(k_dim, "mask: k_dim", 1)
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
        m_dim, k_dim = (
            whole_number(size, f"mask: {name}", 1, MOST_SIDE)
            for name, size in (("m_dim", m_dim), ("k_dim", k_dim))
        )
        words = np.full((m_dim, -(-k_dim // bits.WORD)), np.iinfo(np.uint64).max, np.uint64)
        if k_dim % bits.WORD:
            words[:, -1] = (1 << (k_dim % bits.WORD)) - 1
        return cls(words, k_dim)

    @classmethod
    def from_weight(cls, weight: object, what: str = "weight") -> KeepMask:
        """The weights that are not zero, in the order of the GEMM: k is (r, s, c), c fastest.

        Args:
            weight: of a convolution [m, c, r, s], as torch has it, or of a linear layer [m, k]: a numpy
                array or a torch tensor of any type, on any device, of weights or of true and false.
            what: its name in errors.

        Raises:
            InputError: another shape, or NaN in it.
            TypeError: no array of numbers.
        """
        return cls._pack(gemm_order(nonzero(weight, what), what))

    @classmethod
    def from_dense(cls, dense: object) -> KeepMask:
        """From a matrix [m_dim, k_dim] that says which weights survive, true and false or 1 and 0.

        k is in the GEMM's order already. A convolution's mask [m, c, r, s] goes to :meth:`from_weight`, and
        so do weights.

        Raises:
            InputError: it is no matrix, is empty, or holds other numbers (NaN too).
            TypeError: no array of numbers.
        """
        array = plain_array(dense, "mask")
        if array.ndim != 2 or array.size == 0:
            raise InputError(
                f"mask: expected a matrix [m_dim, k_dim], got shape {array.shape}"
                f"{'; KeepMask.from_weight takes a convolution as it is' if array.ndim == 4 else ''}"
            )
        keep = array.astype(np.bool_)
        if array.dtype != np.bool_ and not (array == keep).all():
            other = array[array != keep][0]
            raise InputError(
                f"mask: expected true and false, or 1 and 0, got {other:g};"
                " KeepMask.from_weight takes weights"
            )
        return cls._pack(keep)

    @classmethod
    def _pack(cls, keep: npt.NDArray[np.bool_]) -> KeepMask:
        words = cls.blank(*keep.shape)
        bits.pack(np.ascontiguousarray(keep), words)
        return cls(words, keep.shape[1])

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
