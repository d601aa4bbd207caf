"""Numba kernels over masks: arrays and numbers in, arrays and numbers out."""
