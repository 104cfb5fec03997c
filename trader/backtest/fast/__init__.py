"""Breakout and bollinger compiled from the functions that a tick runs: one run, or many at once."""
