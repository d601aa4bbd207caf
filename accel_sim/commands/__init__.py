"""The commands of ``accel-sim``, a file for those that belong together."""
