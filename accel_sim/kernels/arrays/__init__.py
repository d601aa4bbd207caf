"""Compiled: what the passes of an array take; the files are called as those of the architectures."""
