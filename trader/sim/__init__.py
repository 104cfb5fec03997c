"""The embedded exchange: real wire protocols over the pure model, for paper trading and as test bed."""
