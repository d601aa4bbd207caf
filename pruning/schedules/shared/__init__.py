"""From a schedule to what the stages of a run aim at."""
