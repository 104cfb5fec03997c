"""Asks a venue what its documents leave open: small experiments on an account, each numbered."""
