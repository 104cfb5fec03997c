"""The embedded OKX: REST v5 for USDT-margined perpetual swaps, over the model exchange."""
