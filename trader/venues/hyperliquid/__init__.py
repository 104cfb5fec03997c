"""Hyperliquid: one account behind the `Venue` port, from bytes to values and back."""
