"""Recorded prices, the same decisions: replayed bar by bar, or compiled and fast, with stated fills."""
