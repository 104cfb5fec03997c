"""The rules that new risk must pass, each a small pure function; `trader.gate` alone asks them."""
