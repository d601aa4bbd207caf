"""Keep-masks, one bit a weight: as they are, drawn by seed, and in the order of a framework's weight."""

from workloads.masks.keep_mask import MOST_GROUP, MOST_SIDE, KeepMask

__all__ = ["MOST_GROUP", "MOST_SIDE", "KeepMask"]
