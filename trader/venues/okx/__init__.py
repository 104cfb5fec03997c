"""OKX: one account's USDT-margined perpetual swaps behind the `Venue` port, from bytes to values and back."""
