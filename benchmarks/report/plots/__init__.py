"""Plots of a run's records, a function each; every one returns a matplotlib Figure and touches no global state."""
