"""From files to a machine: YAML, SCALE-Sim's .cfg, overrides; and what can be named."""
