"""Masks on a model: what it has to be, how they are attached, tightened and written into it."""
