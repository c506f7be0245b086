"""Faults that are really caused. `python -m tests.faults` causes them all and counts what survived."""
