"""The fast engine: breakout and bollinger compiled from the functions that a tick runs, and many runs at once."""
