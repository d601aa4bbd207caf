"""Numba kernels: numbers and arrays in, numbers and arrays out; the rules are in docs/machine."""
