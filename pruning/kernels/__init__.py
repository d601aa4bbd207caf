"""Compiled parts of the mask step, where those of :mod:`workloads.kernels` take too long on a big network."""
