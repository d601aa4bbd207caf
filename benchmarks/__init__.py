"""Speed, as CPU time and ratios within one run; ``make bench`` runs all of it."""
