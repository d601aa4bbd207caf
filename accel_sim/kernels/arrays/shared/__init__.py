"""Kernels that several arrays need."""
