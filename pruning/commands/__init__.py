"""The commands of ``crisp-prune``, one file each; torch is imported when one runs."""
