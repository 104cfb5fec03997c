"""Coins and the venue's symbols. Plain coins are the perpetuals that are traded and settled in USDT.

Everything else that the account may hold (other quotes, dated futures) keeps its whole symbol behind a colon,
so that it is shown and counted and never taken for a coin of ours.
"""

QUOTE = "USDT"
_WHOLE = ":"


def coin_of(symbol: str) -> str:
    is_plain = symbol.endswith(QUOTE) and symbol != QUOTE
    return symbol.removesuffix(QUOTE) if is_plain else f"{_WHOLE}{symbol}"


def symbol_of(coin: str) -> str:
    return coin.removeprefix(_WHOLE) if coin.startswith(_WHOLE) else f"{coin}{QUOTE}"


def is_plain(coin: str) -> bool:
    return not coin.startswith(_WHOLE)
