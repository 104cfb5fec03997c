"""Hyperliquid's wire dialect, written from its documentation and never from a client library."""
